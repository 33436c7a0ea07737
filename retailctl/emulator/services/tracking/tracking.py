"""Tracking as the rest of the server sees it: what a job is given, what is known of its run, when all of it ends."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.runners.job import Mount
from retailctl.emulator.services.tracking.access import TrackingAccess
from retailctl.emulator.services.tracking.gate import CERTIFICATE_INSIDE, Gate
from retailctl.emulator.services.tracking.lineage import JOB_TAG
from retailctl.emulator.services.tracking.places import TrackingPlaces, tracking_uri
from retailctl.emulator.services.tracking.server import TrackingServer
from retailctl.emulator.store.folder import StateFolder

_log = logging.getLogger(__name__)


class Tracking:
    """Experiment tracking of one workspace."""

    def __init__(self, folder: StateFolder, url: str) -> None:
        places = TrackingPlaces(folder)
        self.uri = tracking_uri(url)
        self.server = TrackingServer(places)
        self.access = TrackingAccess()
        self._authority = folder.tls / "ca.pem"
        self._gate = Gate(places, url, self._authority)

    def variables(self, job: str, experiment: str, label: str, *, contained: bool) -> dict[str, str]:
        """What a job's MLflow client is told: where to log, and as whom."""
        return {
            "MLFLOW_TRACKING_URI": self.uri,
            "MLFLOW_TRACKING_TOKEN": self.access.admit(job),
            "MLFLOW_TRACKING_SERVER_CERT_PATH": CERTIFICATE_INSIDE if contained else str(self._authority),
            "MLFLOW_EXPERIMENT_NAME": experiment,
            # Tags of the MLflow run that the job starts: it carries the job's name, and leads back to it.
            "MLFLOW_RUN_CONTEXT": orjson.dumps({"mlflow.runName": label, JOB_TAG: job}).decode(),
        }

    async def mount(self) -> Mount:
        """What leads from a container to tracking. Raises OSError, UnusableState."""
        return await self._gate.open()

    def contained_command(self, command: str) -> str:
        """The command of a container that has the mount."""
        return self._gate.command(command)

    async def finish(self, job: str, experiment: str, status: str) -> str | None:
        """End a job's access; the id of the MLflow run that it started first, None when it tracked nothing.

        A run that its job left open is ended with `status`, one of FINISHED, FAILED and KILLED.
        """
        tracked = self.access.has_tracked(job)
        self.access.dismiss(job)
        if not tracked:
            return None
        try:
            runs = await self._runs(job, experiment)
            for run in runs:
                if run["info"]["status"] == "RUNNING":
                    ended = {"run_id": run["info"]["run_id"], "status": status, "end_time": int(time.time() * 1000)}
                    await self._tell("runs/update", ended)
        except (ArmError, OSError, KeyError, ValueError) as error:
            _log.warning("The MLflow run of the job %s is not known: %s", job, error)
            return None
        return str(runs[0]["info"]["run_id"]) if runs else None

    async def stop(self) -> None:
        """End every process and close every socket."""
        await self._gate.close()
        await self.server.stop()

    async def _runs(self, job: str, experiment: str) -> list[dict[str, Any]]:
        """The runs that a job started, oldest first."""
        found = await self._tell("experiments/search", {"filter": f"name = '{experiment}'", "max_results": 1})
        experiments = [each["experiment_id"] for each in found.get("experiments", [])]
        query = {
            "experiment_ids": experiments,
            "filter": f"tags.`{JOB_TAG}` = '{job}'",
            "order_by": ["attributes.start_time ASC"],
        }
        runs: list[dict[str, Any]] = (await self._tell("runs/search", query)).get("runs", []) if experiments else []
        return runs

    async def _tell(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        from retailctl.emulator.services.tracking.questions import ask  # with h11, which no start of the server needs

        return await ask(await self.server.connect(), f"/api/2.0/mlflow/{operation}", body)
