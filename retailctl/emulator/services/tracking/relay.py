"""One request passed on to the MLflow server and its answer passed back, both as they come.

A connection of its own carries each request: over a unix socket one costs little, and none can have gone stale.
Credentials stay here, and so do headers that say who asked: MLflow gets a request from `localhost`.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import h11
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from retailctl.emulator.arm.errors import ArmError

_ANSWER_TIMEOUT_S = 300.0
_READ_BYTES = 65536
_OURS = {b"host", b"authorization", b"cookie", b"origin", b"referer", b"expect", b"forwarded"}
_OF_ONE_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
_NOT_PASSED_BACK = _OF_ONE_HOP | {b"set-cookie", b"server", b"date"}
# A page of MLflow's, and what an artifact of a run may show in it, calls this server alone.
_POLICY = b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'"


async def relay(
    connection: tuple[StreamReader, StreamWriter], request: Request, target: bytes, max_body_bytes: int
) -> Response:
    """MLflow's answer to a request, under the path `target`; the connection is closed with it.

    Raises ArmError: 413 for a body above the limit, 502 when MLflow ends meanwhile, 504 when it does not answer.
    """
    exchange = _Exchange(*connection)
    try:
        with contextlib.suppress(ConnectionError):  # it has answered before it read everything
            await exchange.send(request, target, max_body_bytes)
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            head = await exchange.head()
    except BaseException as error:
        exchange.close()
        if isinstance(error, TimeoutError):
            raise ArmError(504, "TrackingTimeout", "The MLflow server does not answer.") from error
        if isinstance(error, ConnectionError | h11.RemoteProtocolError):
            raise _broken() from error
        raise
    answer = StreamingResponse(exchange.body(), head.status_code)
    passed = [(name, value) for name, value in head.headers if name not in _NOT_PASSED_BACK]
    answer.raw_headers = [*passed, (b"content-security-policy", _POLICY), (b"referrer-policy", b"no-referrer")]
    return answer


class _Exchange:
    """One connection to MLflow."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._wire = h11.Connection(h11.CLIENT)

    async def send(self, request: Request, target: bytes, max_body_bytes: int) -> None:
        headers = [(b"host", b"localhost"), *_passed_on(request)]
        await self._write(h11.Request(method=request.method, target=target, headers=headers))
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > max_body_bytes:
                raise ArmError(413, "RequestContentTooLarge", f"A body may have {max_body_bytes} bytes here.")
            if chunk:
                await self._write(h11.Data(data=chunk))
        await self._write(h11.EndOfMessage())

    async def head(self) -> h11.Response:
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError

    async def body(self) -> AsyncIterator[bytes]:
        try:
            while isinstance(event := await self._next(), h11.Data):
                yield bytes(event.data)
        finally:
            self.close()

    def close(self) -> None:
        self._writer.close()

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._wire.send(event) or b"")
        await self._writer.drain()

    async def _next(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._wire.next_event()) is h11.NEED_DATA:
            self._wire.receive_data(await self._reader.read(_READ_BYTES))
        return event


def _passed_on(request: Request) -> list[tuple[bytes, bytes]]:
    kept = [
        (name, value)
        for name, value in request.headers.raw
        if name not in _OURS and name not in _OF_ONE_HOP and not name.startswith(b"x-forwarded")
    ]
    if "transfer-encoding" in request.headers:
        kept.append((b"transfer-encoding", b"chunked"))
    return [*kept, (b"connection", b"close")]


def _broken() -> ArmError:
    return ArmError(502, "TrackingUnavailable", "The MLflow server ended while it answered; ask again.")
