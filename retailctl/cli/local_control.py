"""Asking a project's local Azure ML about itself: what lives under ``/_local/`` and in no cloud."""

from pathlib import Path
from typing import Any

from retailctl.azureml.arm import ArmClient
from retailctl.azureml.subject import Subject
from retailctl.cli.local import published
from retailctl.config.connection import Connection
from retailctl.domain.clock import Clock
from retailctl.errors import Unavailable


class LocalControl:
    """Requests to the server that runs on a state folder."""

    def __init__(self, state_dir: Path, clock: Clock) -> None:
        """Raises Unavailable when none runs: what is set here is a running server's affair."""
        running = published(state_dir)
        if running is None:
            raise Unavailable("the local Azure ML is not running", hint="retailctl local start")
        self._base = f"{running['url']}/_local"
        self._client = ArmClient(Connection.from_local(running), clock=clock)

    def ask(self, method: str, path: str, body: object = None, *, about: str = "setting") -> dict[str, Any]:
        """The answer to a request; ``about`` is what the path names, for a refusal."""
        try:
            answer = self._client.request(method, self._base + path, Subject(about), body=body, api_version=None)
        finally:
            self._client.close()
        return answer.json()
