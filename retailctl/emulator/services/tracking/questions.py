"""What this server itself asks MLflow, by MLflow's REST API (https://mlflow.org/docs/latest/rest-api.html)."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import Any

import h11
import orjson

_TIMEOUT_S = 30.0
_READ_BYTES = 65536


async def ask(connection: tuple[StreamReader, StreamWriter], path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a POST; the connection is closed with it.

    Raises OSError (TimeoutError among them), and ValueError for a refusal.
    """
    content = orjson.dumps(body)
    headers = [("host", "localhost"), ("content-type", "application/json"), ("content-length", str(len(content)))]
    wire = h11.Connection(h11.CLIENT)
    reader, writer = connection
    async with asyncio.timeout(_TIMEOUT_S):
        try:
            for event in (
                h11.Request(method="POST", target=path, headers=[*headers, ("connection", "close")]),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                writer.write(wire.send(event) or b"")
            await writer.drain()
            wire.receive_data(await _everything(reader))
        finally:
            writer.close()
    wire.receive_data(b"")
    status, answer = _answer(wire)
    if status != 200:
        raise ValueError(f"{path} was answered by {status}: {answer[:200]!r}")
    found: dict[str, Any] = orjson.loads(answer)
    return found


async def _everything(reader: StreamReader) -> bytes:
    content = bytearray()
    while data := await reader.read(_READ_BYTES):
        content += data
    return bytes(content)


def _answer(wire: h11.Connection) -> tuple[int, bytes]:
    """Status and body. Raises ValueError where the answer is none."""
    status, content = 0, b""
    try:
        while not isinstance(event := wire.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                content += bytes(event.data)
            else:
                break
    except h11.RemoteProtocolError as error:
        raise ValueError("MLflow ended while it answered") from error
    return status, content
