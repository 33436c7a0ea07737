"""The jobs of the workspace as its API sees them: submitted, changed in what may change, listed, cancelled, deleted."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from retailctl.emulator.arm.bodies.jobs import CommandJobBody, CommandJobProperties, RunPatch
from retailctl.emulator.arm.errors import ArmError, bad_request, conflict
from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.arm.names import check_asset
from retailctl.emulator.services.asset_kinds import ENVIRONMENTS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.background import Background, Unfinished
from retailctl.emulator.services.computes import Computes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import ACTIVE, merged_tags, viewed
from retailctl.emulator.services.jobs import errors, submission
from retailctl.emulator.services.jobs.journal import JobJournal
from retailctl.emulator.services.jobs.runner import JobRunner
from retailctl.emulator.services.references import References
from retailctl.emulator.services.uris import run_folder
from retailctl.emulator.states import job as states
from retailctl.emulator.store.blob_names import InvalidBlobName
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
        computes: Computes,
    ) -> None:
        self._context = context
        self._background = background
        self._journal = journal
        self._runner = runner
        self._environments = assets[ENVIRONMENTS.collection]
        self._references = References(assets, content)
        self._content = content
        self._computes = computes
        self._running: dict[str, asyncio.Task[None]] = {}

    def get(self, name: str) -> Record:
        """One job. Raises ArmError (404)."""
        return self._journal.documents.get(name)

    def list(self, view: str = ACTIVE) -> Iterator[Record]:
        """Jobs, newest first; `view` is ActiveOnly, ArchivedOnly or All."""
        return viewed(self._journal.documents.walk(newest_first=True), view)

    def write(self, name: str, body: CommandJobBody) -> tuple[Record, bool]:
        """Submit a job, or change one that is there; True when it is new. Raises ArmError (400, 404)."""
        check_asset(name, "Job")
        existing = self._journal.documents.find(name)
        properties = self._references.job(body.properties.document())
        if existing is not None:
            return self._update(existing, body.properties, properties), False
        submission.check(body.properties, self._computes)
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
        """Delete a job that has ended, with its logs; None when there is none. Raises ArmError (409).

        That a job which has not ended is refused, and with a 409, is inferred [inf].
        """
        record = self._journal.documents.find(name)
        if record is None:
            return None
        if states.JOB.busy(record.body["properties"]["status"]):
            raise conflict(f"The job '{name}' is {record.body['properties']['status']}; cancel it first.")
        with self._context.database.transaction():
            self._journal.note_deletion(record.name)
            return self._background.operate(self._resource_id(record.name), partial(self._remove, record.name))

    def recover(self, unfinished: Unfinished) -> None:
        """Go on where a stopped server left its jobs; those that ran have ended with it."""
        self.clear_away()
        for record in self._journal.documents.list():
            operations = unfinished.take(self._resource_id(record.name))
            if self._journal.is_deleted(record):
                self._background.resume(operations, partial(self._remove, record.name))
                continue
            if states.JOB.busy(record.body["properties"]["status"]):
                self._take_up(record)
            self._background.end(operations)

    def clear_away(self) -> None:
        """Remove what jobs worked in. Call it while none runs."""
        self._runner.clear()

    def _take_up(self, record: Record) -> None:
        """Begin anew with a job whose process was not started; end any other."""
        properties = record.body["properties"]
        if properties["status"] == states.CANCEL_REQUESTED:
            self._journal.end(record.name, states.CANCELED)
        elif properties["status"] not in states.BEFORE_START:
            self._journal.end(record.name, states.FAILED, errors.server_stopped())
        else:
            try:
                self._launch(record.name, self._image(properties["environmentId"]))
            except ArmError as error:  # its environment was deleted meanwhile
                self._journal.end(record.name, states.FAILED, errors.preparation_failed(error))

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
        record = self._journal.documents.find(name)
        places = tuple(self._output_places(record.body["properties"]["outputs"])) if record else ()
        await asyncio.to_thread(self._remove_files, self._content.path(run_folder(name)), places)
        self._journal.documents.delete(name)

    def _output_places(self, outputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Container and path of each output that has one."""
        for output in outputs.values():
            with suppress(ArmError):  # an address that is none: the job failed for it
                place = self._content.stored(output["uri"])
                if place is not None:
                    yield self._content.container(place), place.path

    def _remove_files(self, run: Path, outputs: Iterable[tuple[str, str]]) -> None:
        """Remove a job's logs and artifacts; what it wrote into a datastore stays, as in the cloud."""
        shutil.rmtree(run, ignore_errors=True)
        for container, path in outputs:
            with suppress(InvalidBlobName):
                self._context.blobs.drop_empty_folders(container, path)

    def _resource_id(self, name: str) -> str:
        return self._context.scope.resource_id("jobs", name)


def _meaning(value: Any) -> Any:
    """A value without the nulls that clients add to or leave out of what they send back."""
    if isinstance(value, dict):
        return {key: _meaning(each) for key, each in value.items() if each is not None}
    return value
