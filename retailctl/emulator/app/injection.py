"""Lets a request meet the faults that were asked for; not those to `/_local/`, so that a fault can be taken back."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from retailctl.emulator.services.faults import Faults

# The extension of a request's scope in which the server offers, as `now`, to cut its connection.
CUT = "retailctl.cut"


class Injection:
    """Answers with a fault, or delays the answer, when one is meant for the request."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, raise ArmError, or cut the connection."""
        if scope["type"] == "http" and not scope["path"].startswith("/_local/"):
            fault = self._faults.take(scope["method"], scope["path"])
            if fault is not None:
                if fault.body.kind == "status":
                    raise fault.error()
                if fault.body.kind == "drop":
                    await _cut(scope, receive)
                    return
                await asyncio.sleep(fault.body.delay_s)
        await self._app(scope, receive, send)


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer."""
    scope["extensions"][CUT]["now"]()
    while (await receive())["type"] != "http.disconnect":
        pass
