"""Run history: what Azure ML tells of a run beyond its ARM resource (log files, the error, when it ended).

The routes are those that azure-ai-ml reads; the workspace's discovery address says where they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.subject import Subject
from retailctl.domain.redaction import short
from retailctl.errors import ResourceNotFound, ServerFault

_EXIT_CODE = re.compile(r"exit(?:ed)?(?: with)? (?:status )?code[: ]+(-?\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class RunDetails:
    """One run as run history knows it."""

    status: str
    log_files: Mapping[str, str]
    """Name -> address; each carries its own SAS, so it must not be shown."""
    ended_at: datetime | None = None
    error: str | None = None
    exit_code: int | None = None


class RunHistory:
    """Reads run history; finds its address with the first read."""

    def __init__(self, arm: ArmClient) -> None:
        self._arm = arm

    def find(self, job: str) -> RunDetails | None:
        """The run of a job, or None while it has none (a job just submitted)."""
        run = path_of("runs", job, "details")
        url = f"{self._api}/history/v1.0{self._arm.connection.workspace_id}{run}"
        try:
            found = self._arm.request("GET", url, Subject("job", job), api_version=None).json()
        except ResourceNotFound:
            return None
        error = _message(found.get("error"))
        return RunDetails(
            status=str(found.get("status", "")),
            log_files=found.get("logFiles") or {},
            ended_at=resources.moment(found.get("endTimeUtc")),
            error=short(error) if error else None,
            exit_code=_exit_code(error),
        )

    @cached_property
    def _api(self) -> str:
        """The address of the workspace's data plane."""
        subject = Subject("workspace", self._arm.connection.workspace_name)
        workspace = self._arm.get("", subject)
        discovery = resources.properties(workspace).get("discoveryUrl")
        if not isinstance(discovery, str):
            raise ServerFault(f"{subject.text} names no discovery address")
        found = self._arm.fetch(discovery, subject).json()
        return str(found.get("api", "")).rstrip("/")


def _message(error: Any) -> str:
    """The message of a run's error, which nests one in another."""
    while isinstance(error, dict):
        if "error" not in error:
            return str(error.get("message") or "")
        error = error["error"]
    return ""


def _exit_code(message: str) -> int | None:
    found = _EXIT_CODE.search(message)
    return int(found[1]) if found else None
