"""Who gets in: requests for this host by name, that bring the token.

The Host header is checked because a web page may make a browser send requests to 127.0.0.1 under a name of its
own (DNS rebinding). Logins and the storage account check their callers themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.services.identity import Identity

_HOSTS = frozenset({"127.0.0.1", "localhost"})


class Guard:
    """Refuses foreign hosts and callers without a valid token."""

    def __init__(self, app: ASGIApp, identity: Identity, is_open: Callable[[str], bool]) -> None:
        """`is_open` tells which paths check their callers themselves."""
        self._app = app
        self._identity = identity
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise ArmError (400, 401)."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            _check_host(headers.getlist("host"))
            if not self._is_open(scope["path"]):
                self._check_token(headers.get("authorization", ""))
        await self._app(scope, receive, send)

    def _check_token(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        if not token:
            raise _unauthenticated("Authentication failed. The 'Authorization' header is missing.")
        if scheme.lower() != "bearer" or not self._identity.recognises(token.strip()):
            raise _unauthenticated("Authentication failed. The access token is invalid or has expired.")


def _check_host(hosts: list[str]) -> None:
    name, _, port = hosts[0].partition(":") if len(hosts) == 1 else ("", "", "")
    if name.lower() not in _HOSTS or (port and not port.isdecimal()):
        raise ArmError(400, "InvalidHostHeader", "The local Azure ML answers as 127.0.0.1 and localhost only.")


def _unauthenticated(message: str) -> ArmError:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return ArmError(401, "AuthenticationFailed", message, headers=headers)
