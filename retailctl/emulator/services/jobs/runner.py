"""Runs one job from its submission to its end, noting each step in its document.

A cancelled job's process is stopped with everything it started. A job that the server's own end interrupts stays
as it is, and is ended by the next start.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from retailctl.emulator.arm.durations import seconds
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.runners.job import JobSpec
from retailctl.emulator.runners.program import Program, runner_of
from retailctl.emulator.runners.running import Running, StartFailed
from retailctl.emulator.runners.selection import start_job
from retailctl.emulator.services.background import when_there_is_room
from retailctl.emulator.services.computes import Computes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.jobs import errors, mounted, workdir
from retailctl.emulator.services.jobs.commands import expand
from retailctl.emulator.services.jobs.compute import ComputeSlots
from retailctl.emulator.services.jobs.journal import JobJournal
from retailctl.emulator.services.jobs.output_assets import OutputAssets
from retailctl.emulator.services.jobs.variables import job_variables
from retailctl.emulator.services.jobs.workdir import WorkFolder, WorkFolders, WorkPlan
from retailctl.emulator.services.uris import run_folder
from retailctl.emulator.states import job as states
from retailctl.emulator.store.blobs import sync_folder

_STOP_GRACE_S = 5.0


class JobRunner:
    """Runs jobs."""

    def __init__(
        self,
        context: Context,
        journal: JobJournal,
        folders: WorkFolders,
        content: Content,
        outputs: OutputAssets,
        computes: Computes,
    ) -> None:
        self._context = context
        self._journal = journal
        self._folders = folders
        self._content = content
        self._outputs = outputs
        self._computes = ComputeSlots(computes)

    async def run(self, job: str, image: str) -> None:
        """Everything between NotStarted and an end; whatever goes wrong is the job's failure."""
        try:
            await self._attempt(job, image)
        except ArmError as error:
            await self._fail(job, errors.preparation_failed(error))
        except Exception as error:
            await self._fail(job, errors.system_failed(error))
            raise
        finally:
            self._context.tracking.access.dismiss(job)
            await asyncio.to_thread(self._folders.remove, job)

    async def _fail(self, job: str, error: dict[str, Any]) -> None:
        await when_there_is_room(partial(self._journal.end, job, states.FAILED, error))

    def clear(self) -> None:
        """Remove what jobs left that ended with the server."""
        self._folders.clear_all()

    async def _attempt(self, job: str, image: str) -> None:
        properties = self._journal.properties(job)
        self._journal.advance(job, states.PREPARING)
        await self._context.transition("job.prepare", job)
        plan = self._folders.plan(job, properties)
        program = await self._context.programs.for_job(image)
        self._journal.note_runner(job, program)
        work = await self._built(plan, program)
        self._journal.advance(job, states.QUEUED)
        await self._context.transition("job.queue", job)
        async with self._computes.slot(properties.get("computeId")):
            if not self._journal.advance(job, states.STARTING):
                self._journal.end(job, states.CANCELED)
                return
            running = await self._start(job, properties, program, work)
            self._journal.advance(job, states.RUNNING)
            exit_code = await self._followed(job, running, properties)
        if exit_code is None:
            self._journal.move(job, states.CANCEL_REQUESTED)
            self._journal.end(job, states.CANCELED, errors.timed_out(properties["limits"]["timeout"]))
            return
        self._journal.advance(job, states.FINALIZING)
        await self._context.transition("job.finalize", job)
        await asyncio.to_thread(self._sync, work)
        if exit_code == 0 and self._journal.status(job) != states.CANCEL_REQUESTED:
            with self._context.database.transaction():
                self._journal.note_assets(job, self._outputs.register(job, properties["outputs"]))
                self._journal.end(job, states.COMPLETED)
        else:
            word = Path(properties["command"].split()[0]).name
            failure = errors.process_failed(running, word)
            self._journal.end(job, states.FAILED, failure, exit_code)

    async def _start(self, job: str, properties: Mapping[str, Any], program: Program, work: WorkFolder) -> Running:
        log = self._content.path(run_folder(job)) / errors.LOG
        log.parent.mkdir(parents=True, exist_ok=True)
        command, mounts, contained = expand(properties["command"], work.inputs, work.outputs), work.mounts, False
        if runner_of(program) == "docker":
            tracking, contained = self._context.tracking, True
            command, mounts = tracking.contained_command(command), (*mounts, await tracking.mount())
        spec = JobSpec(
            name=job,
            command=command,
            folder=work.code,
            workdir=work.workdir,
            environment=job_variables(self._context, job, properties, work, contained=contained),
            log_file=log,
            mounts=mounts,
            limits=self._computes.limits(properties),
        )
        try:
            return await start_job(program, spec)
        except StartFailed as error:
            raise ArmError(400, "StartFailed", str(error)) from error

    async def _followed(self, job: str, running: Running, properties: Mapping[str, Any]) -> int | None:
        """The exit code, or None when the job's time ran out; its MLflow run has ended as well."""
        exit_code, ending = None, "KILLED"
        try:
            exit_code = await self._wait(running, properties)
            if exit_code is not None:
                ending = "FAILED" if exit_code else "FINISHED"
        finally:
            run = await self._context.tracking.finish(job, properties["experimentName"], ending)
            self._journal.note_run(job, run)
        return exit_code

    @staticmethod
    async def _wait(running: Running, properties: Mapping[str, Any]) -> int | None:
        """The exit code, or None when the job's time ran out. Stops the process when cancelled."""
        limit = (properties.get("limits") or {}).get("timeout")
        try:
            return await asyncio.wait_for(running.wait(), seconds(limit) if limit else None)
        except TimeoutError:
            await running.stop(_STOP_GRACE_S)
            return None
        except asyncio.CancelledError:
            await running.stop(_STOP_GRACE_S)
            raise

    async def _built(self, plan: WorkPlan, program: Program) -> WorkFolder:
        """The folder. Cancelled, it waits for the thread: what that makes after the folder's removal would stay."""
        building = asyncio.create_task(asyncio.to_thread(self._build, plan, program))
        try:
            return await asyncio.shield(building)
        except asyncio.CancelledError:
            await asyncio.gather(building, return_exceptions=True)
            raise

    def _build(self, plan: WorkPlan, program: Program) -> WorkFolder:
        self._folders.clear(plan)
        return mounted.build(plan) if runner_of(program) == "docker" else workdir.build(plan)

    @staticmethod
    def _sync(work: WorkFolder) -> None:
        """Make what the job wrote durable before it is called completed."""
        for place in work.kept:
            _sync_file(place)
            for folder, _, files in os.walk(place):
                for name in files:
                    _sync_file(Path(folder) / name)
                sync_folder(Path(folder))


def _sync_file(path: Path) -> None:
    if path.is_symlink() or not path.is_file():  # opening a named pipe would wait for its other end
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
