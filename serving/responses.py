"""Plain ASGI answers, without the per-request cost of response objects."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Send

from serving.errors import RequestError, error_body

Header = tuple[bytes, bytes]

JSON = (b"content-type", b"application/json")


async def send_body(send: Send, status: int, body: bytes, headers: Sequence[Header] = (JSON,)) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, error: RequestError) -> None:
    headers = [JSON]
    if error.status == 503:
        headers.append((b"retry-after", b"1"))
    if error.status == 413:
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    await send_body(send, error.status, error_body(error.code, error.message, error.field), headers)
