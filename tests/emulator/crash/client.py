"""One client of the server under test: plain HTTP, which knows when an answer was lost with the server."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from retailctl.emulator.connection import Connection
from tests.emulator.crash.server import Server

_VERSION = "2024-04-01"
_PROVIDER = "Microsoft.MachineLearningServices"
_TIMEOUT_S = 60.0
BLOBS = "/local.blob.core.local/azureml-blobstore"


class Lost(Exception):
    """No answer came: the server was killed, or MLflow behind it."""


class Wrong(Exception):
    """Something that must not happen, whatever was killed; the message says what."""


class Client:
    """Requests below the workspace."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._generation = -1
        self._http: httpx.Client | None = None
        self._base = ""
        self.requests = 0

    @property
    def generation(self) -> int:
        """Changes with every kill of the server."""
        return self._server.generation

    @property
    def hits_on_jobs(self) -> int:
        """How many kills may have ended a job so far."""
        return self._server.hits_on_jobs

    def arm(self, method: str, path: str, json: object = None) -> httpx.Response:
        """A request below the workspace. Raises Lost."""
        return self.send(method, self._workspace() + path, params={"api-version": _VERSION}, json=json)

    def blob(
        self, method: str, name: str, content: bytes = b"", headers: Mapping[str, str] | None = None, **query: str
    ) -> httpx.Response:
        """A request to the storage account. Raises Lost."""
        kind = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" and not query else {}
        return self.send(
            method, f"{BLOBS}/{name}", params=query, content=content, headers={**kind, **dict(headers or {})}
        )

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to a path, or to a whole address, of the server. Raises Lost, Wrong."""
        http = self._connected()
        self.requests += 1
        try:
            answer = http.request(method, path, **options)
        except httpx.TransportError as error:
            if not self._server.went_down(self._generation):
                raise Wrong(f"{method} {path} got no answer, and no kill was the reason: {error!r}") from error
            raise Lost from error
        if answer.status_code == 503 and "TrackingUnavailable" in answer.text:
            raise Lost  # MLflow takes seconds to start, and may be killed each time that the server tries
        if answer.status_code >= 500:
            raise Wrong(f"{method} {path} was answered by {answer.status_code}: {answer.text[:500]}")
        return answer

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()
        self._http = None

    def _workspace(self) -> str:
        connection = self._connection()
        group = f"/subscriptions/{connection['subscription_id']}/resourceGroups/{connection['resource_group']}"
        return f"{group}/providers/{_PROVIDER}/workspaces/{connection['workspace_name']}"

    def _connection(self) -> Connection:
        assert self._server.connection is not None
        return self._server.connection

    def _connected(self) -> httpx.Client:
        """A client of the server that runs now, or next."""
        if not self._server.await_answers():
            raise Wrong("the server did not come back")
        generation = self._server.generation
        if self._http is None or generation != self._generation:
            self.close()
            connection = self._connection()
            self._generation = generation
            self._http = httpx.Client(
                base_url=connection["url"],
                verify=ssl.create_default_context(cafile=connection["ca_certificate"]),
                headers={"Authorization": f"Bearer {connection['token']}"},
                timeout=_TIMEOUT_S,
                trust_env=False,
            )
        return self._http
