"""Faults on purpose in a running workspace, from a test: `workspace.faults.add(kind="drop", endpoint="shop")`."""

from __future__ import annotations

import json
import ssl
import urllib.request
from typing import Any
from urllib.error import HTTPError

from retailctl.emulator.connection import Connection

_TIMEOUT_S = 30.0


class FaultControl:
    """Puts faults in force and takes them back; what they are is told at `/_local/faults` in the README."""

    def __init__(self, connection: Connection) -> None:
        self._address = f"{connection['url']}/_local/faults"
        self._token = connection["token"]
        trust = ssl.create_default_context(cafile=connection["ca_certificate"])
        without_proxy = urllib.request.ProxyHandler({})
        self._opener = urllib.request.build_opener(without_proxy, urllib.request.HTTPSHandler(context=trust))

    def add(self, kind: str, **fields: Any) -> str:
        """Put one in force; its id. Raises ValueError that names the first wrong field."""
        made: str = self._ask("POST", "", {"kind": kind, **fields})["id"]
        return made

    def list(self) -> list[dict[str, Any]]:
        """Those in force, each with how many requests it `met` and how many are `left`."""
        found: list[dict[str, Any]] = self._ask("GET", "")["value"]
        return found

    def clear(self, fault_id: str | None = None) -> None:
        """Take back one, or all. Raises ValueError for one that is not in force."""
        self._ask("DELETE", f"/{fault_id}" if fault_id else "")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, content, headers, method=method)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.loads(answer.read() or "{}")  # type: ignore[no-any-return]
        except HTTPError as error:
            raise ValueError(json.loads(error.read())["error"]["message"]) from error
