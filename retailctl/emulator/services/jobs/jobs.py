"""The jobs of the workspace as its API sees them: submitted, changed in what may change, listed, cancelled, deleted."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from functools import partial
from typing import Any

from retailctl.emulator.arm.bodies.jobs import CommandJobBody, CommandJobProperties, RunPatch
from retailctl.emulator.arm.errors import ArmError, bad_request, conflict
from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.arm.names import check_asset
from retailctl.emulator.services.asset_kinds import ENVIRONMENTS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.background import Background
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import merged_tags
from retailctl.emulator.services.jobs import errors, submission
from retailctl.emulator.services.jobs.journal import JobJournal
from retailctl.emulator.services.jobs.runner import JobRunner
from retailctl.emulator.services.references import References
from retailctl.emulator.services.uris import run_folder
from retailctl.emulator.states import job as states
from retailctl.emulator.store.operations import Operation
from retailctl.emulator.store.resources import Record

# What a job was submitted with stays as it is.
_FIXED = ("command", "codeId", "environmentId", "computeId", "inputs", "environmentVariables")
_IMMUTABLE = (
    "A job with this name already exists. If you are trying to submit a new job please use a different name."
    " If you are trying to update an existing job, the existing job's jobSpecification is immutable."
    " Please only update description, displayName, tags, and isArchived."
)


class Jobs:
    """The command jobs."""

    def __init__(
        self,
        context: Context,
        background: Background,
        journal: JobJournal,
        runner: JobRunner,
        assets: Mapping[str, Assets],
        content: Content,
    ) -> None:
        self._context = context
        self._background = background
        self._journal = journal
        self._runner = runner
        self._environments = assets[ENVIRONMENTS.collection]
        self._references = References(assets)
        self._content = content
        self._running: dict[str, asyncio.Task[None]] = {}

    def get(self, name: str) -> Record:
        """One job. Raises ArmError (404)."""
        return self._journal.documents.get(name)

    def list(self, view: str = "ActiveOnly") -> list[Record]:
        """Jobs, newest first; `view` is ActiveOnly, ArchivedOnly or All."""
        records = self._journal.documents.list(newest_first=True)
        if view != "All":
            wanted = view == "ArchivedOnly"
            records = [each for each in records if each.body["properties"]["isArchived"] is wanted]
        return records

    def write(self, name: str, body: CommandJobBody) -> tuple[Record, bool]:
        """Submit a job, or change one that is there; True when it is new. Raises ArmError (400, 404)."""
        check_asset(name, "Job")
        existing = self._journal.documents.find(name)
        properties = self._references.job(body.properties.document())
        if existing is not None:
            return self._update(existing, body.properties, properties), False
        submission.check(body.properties)
        image = self._image(properties["environmentId"])
        record = self._journal.documents.put(name, submission.document(name, properties))
        self._launch(name, image)
        return record, True

    def change(self, name: str, patch: RunPatch) -> Record:
        """Change what may change of a job; what is not given stays. Raises ArmError (404)."""
        record = self.get(name)
        properties = dict(record.body["properties"])
        if patch.display_name is not None:
            properties["displayName"] = patch.display_name
        if patch.description is not None:
            properties["description"] = patch.description
        if patch.hidden is not None:
            properties["isArchived"] = patch.hidden
        properties["tags"] = merged_tags(properties["tags"], patch.tags)
        properties["properties"] = merged_tags(properties["properties"], patch.properties)
        return self._journal.documents.put(record.name, {**record.body, "properties": properties})

    def cancel(self, name: str) -> Operation | None:
        """Ask for a job's end; None when it has ended already. Raises ArmError (404)."""
        record = self.get(name)
        if not states.JOB.busy(record.body["properties"]["status"]):
            return None
        with self._context.database.transaction():
            self._journal.move(record.name, states.CANCEL_REQUESTED)
            return self._background.operate(self._resource_id(record.name), partial(self._stop, record.name))

    def delete(self, name: str) -> Operation | None:
        """Delete a job that has ended, with its logs; None when there is none. Raises ArmError (409)."""
        record = self._journal.documents.find(name)
        if record is None:
            return None
        if states.JOB.busy(record.body["properties"]["status"]):
            raise conflict(f"The job '{name}' is {record.body['properties']['status']}; cancel it first.")
        return self._background.operate(self._resource_id(record.name), partial(self._remove, record.name))

    def recover(self, operations: dict[str, Operation]) -> None:
        """End what a stopped server left running: its processes ended with it."""
        for record in self._journal.documents.list():
            status = record.body["properties"]["status"]
            if states.JOB.busy(status):
                canceled = status == states.CANCEL_REQUESTED
                error = None if canceled else errors.server_stopped()
                self._journal.end(record.name, states.CANCELED if canceled else states.FAILED, error)
                self._runner.clear(record.name)
            operation = operations.get(self._resource_id(record.name).lower())
            if operation is not None:
                self._context.operations.finish(operation.id)

    def _image(self, environment_id: str) -> str:
        reference = parse_asset(environment_id)
        if reference is None:
            raise bad_request(f"'{environment_id}' is no environment version.", target="environmentId")
        found = self._environments.referred(reference).body["properties"]
        return found.get("image") or ""

    def _update(self, record: Record, properties: CommandJobProperties, new: Mapping[str, Any]) -> Record:
        old = record.body["properties"]
        for field in _FIXED:
            if new.get(field) and _meaning(new[field]) != _meaning(old.get(field)):
                raise ArmError(400, "UserError", _IMMUTABLE, target=field)
        patch = RunPatch(
            display_name=properties.display_name,
            description=properties.description,
            tags=properties.tags,
            properties=properties.properties,
            hidden=properties.is_archived,
        )
        return self.change(record.name, patch)

    def _launch(self, name: str, image: str) -> None:
        task = self._background.run(self._runner.run(name, image))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))

    async def _stop(self, name: str) -> None:
        await self._context.transition("job.cancel", name)
        task = self._running.get(name)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        if states.JOB.busy(self._journal.status(name)):
            self._journal.end(name, states.CANCELED)

    async def _remove(self, name: str) -> None:
        self._journal.documents.delete(name)
        await asyncio.to_thread(shutil.rmtree, self._content.path(run_folder(name)), ignore_errors=True)

    def _resource_id(self, name: str) -> str:
        return self._context.scope.resource_id("jobs", name)


def _meaning(value: Any) -> Any:
    """A value without the nulls that clients add to or leave out of what they send back."""
    if isinstance(value, dict):
        return {key: _meaning(each) for key, each in value.items() if each is not None}
    return value
