"""Long-running operations that a server has accepted: each must come to an end, whatever was killed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from tests.emulator.crash.client import Client, Wrong

_PATIENCE_S = 90.0
_POLL_S = 0.05


def until(client: Client, condition: Callable[[], bool], what: str) -> None:
    """Poll until the condition holds; a server that is started anew has the whole time for it. Raises Lost, Wrong."""
    generation, deadline = client.generation, time.monotonic() + _PATIENCE_S
    while not condition():
        if client.generation != generation:
            generation, deadline = client.generation, time.monotonic() + _PATIENCE_S
        if time.monotonic() > deadline:
            raise Wrong(f"not within {_PATIENCE_S:g} s: {what}")
        time.sleep(_POLL_S)


class Operations:
    """The operations of one client that have not ended yet."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._open: list[str] = []

    def note(self, answer: httpx.Response) -> None:
        """Remember the operation that an answer announces, if it does."""
        address = answer.headers.get("Azure-AsyncOperation")
        if address:
            parts = urlsplit(address)
            self._open.append(f"{parts.path}?{parts.query}")

    def finish(self) -> None:
        """Wait for the end of all. Raises Lost, Wrong."""
        while self._open:
            until(self._client, lambda: self._ended(self._open[0]), f"the operation {self._open[0]} ends")
            self._open.pop(0)

    def _ended(self, path: str) -> bool:
        answer = self._client.send("GET", path)
        if answer.status_code != 200:
            raise Wrong(f"the operation {path} was forgotten: {answer.status_code}")
        document = answer.json()
        if document["status"] == "Failed":
            raise Wrong(f"the operation {path} failed: {document['error']}")
        return bool(document["status"] == "Succeeded")
