"""A scripted transport and a clock that moves only when somebody sleeps."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from retailctl.azureml.transport import Answer
from retailctl.config.connection import CloudEndpoints, Connection

CONNECTION = Connection(
    subscription_id="00000000-0000-0000-0000-000000000001",
    resource_group="rg",
    workspace_name="ws",
    cloud=CloudEndpoints(resource_manager="https://arm.example"),
    credential="token",
    token="s3cr3t-token",
    location="westeurope",
)
BELOW_WORKSPACE = len(CONNECTION.workspace_id)


class SteppedClock:
    """Time passes only in sleeps, which are recorded."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 2, 9, 0, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass(frozen=True)
class Sent:
    """A request as it reached the transport."""

    method: str
    path: str
    """Below the workspace where it is below it, else the whole path."""
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    url: str = field(repr=False)


class ScriptedTransport(HttpTransport[HttpRequest, Answer]):
    """Answers requests in the order of its script and records them; an unexpected request is a failure."""

    def __init__(self, clock: SteppedClock) -> None:
        self.sent: list[Sent] = []
        self._script: deque[tuple[int, bytes, dict[str, str]] | AzureError] = deque()
        self._clock = clock

    def answers(self, status: int, body: object = None, **headers: str) -> ScriptedTransport:
        """Queue an answer; header names are written with underscores."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        self._script.append((status, content, {name.replace("_", "-"): value for name, value in headers.items()}))
        return self

    def breaks(self, error: AzureError) -> ScriptedTransport:
        """Queue a failure of the connection."""
        self._script.append(error)
        return self

    @property
    def unused(self) -> int:
        """Answers that nobody asked for."""
        return len(self._script)

    def send(self, request: HttpRequest, **options: Any) -> Answer:
        parts = urlsplit(request.url)
        below = parts.path.startswith(CONNECTION.workspace_id)
        self.sent.append(
            Sent(
                method=request.method,
                path=parts.path[BELOW_WORKSPACE:] if below else parts.path,
                query={name: values[0] for name, values in parse_qs(parts.query).items()},
                headers=dict(request.headers),
                body=json.loads(request.content) if request.content else None,
                url=request.url,
            )
        )
        if not self._script:
            raise AssertionError(f"nobody expected {request.method} {request.url}")
        scripted = self._script.popleft()
        if isinstance(scripted, AzureError):
            raise scripted
        status, content, headers = scripted
        return Answer(request, status, headers, content)

    def sleep(self, duration: float) -> None:
        self._clock.sleep(duration)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> ScriptedTransport:
        return self

    def __exit__(self, *exception: object) -> None: ...


class KnownCredential:
    """A credential with one token, which tests look for where it must not be."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("s3cr3t-token", 2**31 - 1)


def arm_error(code: str, message: str, **more: object) -> dict[str, object]:
    """A body in ARM's error shape."""
    return {"error": {"code": code, "message": message, **more}}


def endpoint_resource(name: str = "retail", state: str = "Succeeded", **properties: object) -> dict[str, Any]:
    """An endpoint as ARM sends it."""
    return {
        "id": f"{CONNECTION.workspace_id}/onlineEndpoints/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        "location": "westeurope",
        "tags": {"team": "supply"},
        "systemData": {"createdAt": "2026-11-01T08:00:00.1234567Z"},
        "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
        "properties": {
            "authMode": "Key",
            "provisioningState": state,
            "scoringUri": "https://retail.example/score",
            "swaggerUri": "https://retail.example/swagger.json",
            "traffic": {"blue": 100},
            "mirrorTraffic": {},
            **properties,
        },
    }
