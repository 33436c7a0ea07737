"""A job's document as it changes: its status, its times, its error, each move checked against the life cycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.ids import AssetReference
from retailctl.emulator.arm.timestamps import now_text
from retailctl.emulator.runners.program import Program
from retailctl.emulator.services.documents import Documents
from retailctl.emulator.services.programs import with_runner
from retailctl.emulator.services.tracking.lineage import RUN_PROPERTY
from retailctl.emulator.states import job as states
from retailctl.emulator.store.resources import Record, ResourceStore

_DELETED = "deleted"


class JobJournal:
    """Reads and moves jobs. `private` of a job holds its times, its error and its exit code."""

    def __init__(self, store: ResourceStore) -> None:
        self.documents = Documents(store, "job", "job")

    def properties(self, job: str) -> Mapping[str, Any]:
        """What was asked for, and the status."""
        properties: Mapping[str, Any] = self.documents.get(job).body["properties"]
        return properties

    def status(self, job: str) -> str:
        """Where the job stands."""
        status: str = self.properties(job)["status"]
        return status

    def move(self, job: str, status: str) -> Record:
        """Put a job into another status, which the life cycle must allow."""
        times = {states.RUNNING: {"started": now_text()}}.get(status, {})
        return self._write(job, status, times)

    def advance(self, job: str, status: str) -> bool:
        """Put a job into its next status; False, and nothing done, once its cancellation was asked for."""
        if self.status(job) == states.CANCEL_REQUESTED:
            return False
        self.move(job, status)
        return True

    def note_runner(self, job: str, program: Program) -> None:
        """Say on the job how it runs."""
        record = self.documents.get(job)
        properties = with_runner(record.body["properties"], program)
        self.documents.put(job, {**record.body, "properties": properties})

    def note_deletion(self, job: str) -> None:
        """Say that the job is to go, so that a server that is started again removes it."""
        record = self.documents.get(job)
        self.documents.put(job, {**record.body, "private": {**record.body["private"], _DELETED: True}})

    @staticmethod
    def is_deleted(record: Record) -> bool:
        """Whether that was said."""
        return bool(record.body["private"].get(_DELETED))

    def note_run(self, job: str, run: str | None) -> None:
        """Say on the job which MLflow run it started, if it did."""
        if run is None:
            return
        record = self.documents.get(job)
        properties = record.body["properties"]
        noted = {**(properties.get("properties") or {}), RUN_PROPERTY: run}
        self.documents.put(job, {**record.body, "properties": {**properties, "properties": noted}})

    def note_assets(self, job: str, assets: Mapping[str, AssetReference]) -> None:
        """Say on the job's outputs which versions they were registered as."""
        if not assets:
            return
        record = self.documents.get(job)
        outputs = {
            name: output | ({"assetVersion": assets[name].version} if name in assets else {})
            for name, output in record.body["properties"]["outputs"].items()
        }
        properties = {**record.body["properties"], "outputs": outputs}
        self.documents.put(job, {**record.body, "properties": properties})

    def end(self, job: str, status: str, error: dict[str, Any] | None = None, exit_code: int | None = None) -> Record:
        """End a job; one whose cancellation was asked for is Canceled whatever else happened."""
        if self.status(job) == states.CANCEL_REQUESTED and status != states.CANCELED:
            status, error = states.CANCELED, None
        return self._write(job, status, {"ended": now_text(), "error": error, "exitCode": exit_code})

    def _write(self, job: str, status: str, facts: Mapping[str, Any]) -> Record:
        record = self.documents.get(job)
        states.JOB.check(record.body["properties"]["status"], status)
        properties = {**record.body["properties"], "status": status}
        return self.documents.put(
            job, {**record.body, "properties": properties, "private": {**record.body["private"], **facts}}
        )
