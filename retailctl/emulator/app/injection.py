"""Lets a request meet the faults that were asked for; not those to `/_local/`, so that a fault can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.routes.blob.request import refused
from retailctl.emulator.services.chaos import Plane
from retailctl.emulator.services.fault_shapes import DelayFault, DropFault, RequestFault, StatusFault, TrickleFault
from retailctl.emulator.services.faults import Asked, Faults
from retailctl.emulator.services.storage_errors import StorageError

# The extension of a request's scope in which the server offers to cut its connection (`now`), and to tell whether
# that has ended (`gone`).
CUT = "retailctl.cut"
_PIECES_PER_S = 10


class Injection:
    """Answers with a fault, or spoils the answer, when one is meant for the request."""

    def __init__(
        self, app: ASGIApp, faults: Faults, operation: Callable[[Scope], str], plane: Callable[[str], Plane | None]
    ) -> None:
        """`operation` names a request's operation; `plane` tells whose a path is."""
        self._app = app
        self._faults = faults
        self._operation = operation
        self._plane = plane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, raise ArmError, or cut the connection."""
        fault = self._fault(scope)
        if isinstance(fault, StatusFault):
            await self._refuse(fault, scope, receive, send)
            return
        if isinstance(fault, DropFault):
            await self._drop(fault, scope, receive, send)
            return
        if isinstance(fault, DelayFault):
            await asyncio.sleep(fault.delay_s)
        await self._app(scope, receive, _trickling(scope, send, fault) if isinstance(fault, TrickleFault) else send)

    def _fault(self, scope: Scope) -> RequestFault | None:
        if scope["type"] != "http" or scope["path"].startswith("/_local/"):
            return None
        path: str = scope["path"]
        return self._faults.take(Asked(scope["method"], path, lambda: self._operation(scope), self._plane(path)))

    async def _refuse(self, fault: StatusFault, scope: Scope, receive: Receive, send: Send) -> None:
        error = fault.error()
        if self._plane(scope["path"]) != "storage":
            raise error
        answer = refused(StorageError(error.status, error.code, error.message))
        answer.headers.update(error.headers)
        await answer(scope, receive, send)

    async def _drop(self, fault: DropFault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.when != "before":
            with suppress(ArmError):  # a refusal does not arrive either
                await self._app(scope, receive, _Broken(scope, send, fault).send)
        scope["extensions"][CUT]["now"]()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Broken:
    """An answer that does not arrive, or only the first half of it."""

    def __init__(self, scope: Scope, send: Send, fault: DropFault) -> None:
        self._scope = scope
        self._send = send
        self._half = fault.when == "middle"
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Hold the head back until there is a body to break off."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message.get("body", b"")
        if self._start is None or not self._half or not body:
            return
        start, self._start = self._start, None
        await self._send(start)
        await self._send({**message, "body": body[: len(body) // 2], "more_body": True})
        self._scope["extensions"][CUT]["now"]()


def _trickling(scope: Scope, send: Send, fault: TrickleFault) -> Send:
    size = max(1, fault.bytes_per_s // _PIECES_PER_S)

    async def slowly(message: Message) -> None:
        body = message.get("body", b"")
        for begin in range(0, len(body) - size, size):
            if scope["extensions"][CUT]["gone"]():
                return
            await send({**message, "body": body[begin : begin + size], "more_body": True})
            await asyncio.sleep(size / fault.bytes_per_s)
        rest = (len(body) - 1) // size * size if body else 0
        await send({**message, "body": body[rest:]} if body else message)

    return slowly
