"""Run history: a job told as the run that it is, for clients that follow it.

Routes and shapes are those of the run history service that azure-ai-ml's `jobs.stream`, `jobs.download` and
`jobs.update` use.
"""

from __future__ import annotations

from typing import Any

from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.datastores import CONTAINERS
from retailctl.emulator.services.jobs.journal import JobJournal
from retailctl.emulator.services.storage import StorageAccount
from retailctl.emulator.services.uris import parse_job_output, run_folder
from retailctl.emulator.store.resources import Record

_LOG_FOLDERS = ("user_logs/", "system_logs/", "logs/")


class RunHistory:
    """Describes runs."""

    def __init__(self, context: Context, journal: JobJournal, account: StorageAccount, content: Content) -> None:
        self._context = context
        self._journal = journal
        self._account = account
        self._content = content

    def run(self, job: str) -> dict[str, Any]:
        """A run. Raises ArmError (404)."""
        record = self._journal.documents.get(job)
        properties, private = record.body["properties"], record.body["private"]
        return {
            "runId": record.name,
            "runUuid": record.name,
            "rootRunId": record.name,
            "runNumber": record.sequence,
            "experimentId": properties["experimentName"],
            "runType": "azureml.scriptrun",
            "displayName": properties["displayName"],
            "description": properties.get("description"),
            "status": properties["status"],
            "hidden": properties["isArchived"],
            "target": properties.get("computeId") or "serverless",
            "createdUtc": record.created,
            "startTimeUtc": private.get("started"),
            "endTimeUtc": private.get("ended"),
            "error": {"error": private["error"]} if private.get("error") else None,
            "tags": properties["tags"],
            "properties": properties["properties"],
            "outputs": self._outputs(record),
            "warnings": [],
        }

    def details(self, job: str) -> dict[str, Any]:
        """A run with signed addresses of its log files. Raises ArmError (404)."""
        found = self.run(job)
        found["createdTimeUtc"] = found.pop("createdUtc")
        return {**found, "logFiles": self._logs(found["runId"])}

    def output_uri(self, asset_id: str) -> str:
        """Address of an output that a run names by its asset id. Raises ArmError (400, 404)."""
        return self._content.place(asset_id).long_uri(self._context.scope)

    def is_output(self, asset_id: str) -> bool:
        """True for ids that `run` gave out."""
        return parse_job_output(asset_id) is not None

    def _outputs(self, record: Record) -> dict[str, Any]:
        # A model's output is a folder too: azure-ai-ml 1.35 cannot read the answer that it asks for about models.
        return {
            name: {
                "assetId": f"azureml://jobs/{record.name}/outputs/{name}",
                "type": "uri_file" if output["jobOutputType"] == "uri_file" else "uri_folder",
            }
            for name, output in record.body["properties"]["outputs"].items()
            if name != "default"
        }

    def _logs(self, job: str) -> dict[str, str]:
        folder = run_folder(job)
        container = CONTAINERS[folder.datastore]
        prefix = f"{folder.path}/"
        found = {}
        for blob in self._context.blobs.list(container, prefix):
            name = blob.name.removeprefix(prefix)
            if name.startswith(_LOG_FOLDERS):
                signature = self._account.sas(container, "r", blob.name)
                found[name] = f"{self._account.blob_url(container, blob.name)}?{signature}"
        return found
