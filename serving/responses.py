"""Plain ASGI answers, without the per-request cost of response objects."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Send

from serving.errors import RequestError, error_body

Header = tuple[bytes, bytes]

JSON = (b"content-type", b"application/json")
RETRY_AFTER = (b"retry-after", b"1")
CLOSE = (b"connection", b"close")

SLICE = 256 * 1024
"""A longer answer is handed over in slices, so that only what the client takes is held twice."""


async def send_body(send: Send, status: int, body: bytes, headers: Sequence[Header] = (JSON,)) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    if len(body) <= SLICE:
        await send({"type": "http.response.body", "body": body})
        return
    view = memoryview(body)
    for start in range(0, len(body), SLICE):
        more = start + SLICE < len(body)
        await send({"type": "http.response.body", "body": view[start : start + SLICE], "more_body": more})


async def send_error(send: Send, error: RequestError) -> None:
    """The rest of a body that is too large is read and dropped, so that the client, still sending, gets this answer."""
    headers = [JSON]
    if error.status in (429, 503):
        headers.append(RETRY_AFTER)
    if error.status == 408:
        headers.append(CLOSE)
    await send_body(send, error.status, error_body(error.code, error.message, error.field), headers)
