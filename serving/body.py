"""A request's bytes, and the JSON value in them, within limits, whatever the client sends."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.types import Receive

from serving.errors import RequestError


class ClientGone(Exception):
    """The client hung up before it could be answered."""


def announced_bytes(headers: list[tuple[bytes, bytes]], max_bytes: int) -> int:
    """The length of the body that is to come, ``max_bytes`` where the head does not tell.

    Raises RequestError for a body that is not plain JSON (415) or too long (413).
    """
    content_type, encoding, length = b"", b"", b""
    for name, value in headers:
        if name == b"content-type":
            content_type = value.split(b";")[0].strip().lower()
        elif name == b"content-encoding":
            encoding = value.strip().lower()
        elif name == b"content-length":
            length = value
    if content_type != b"application/json":
        sent = content_type.decode("latin-1")[:60] or "nothing"
        raise RequestError(415, "unsupported-media-type", f"content-type: expected application/json, got {sent}")
    if encoding not in (b"", b"identity"):
        raise RequestError(415, "unsupported-media-type", "content-encoding: compressed bodies are not accepted")
    announced = int(length) if length.isdigit() else max_bytes
    if announced > max_bytes:
        raise _too_large(max_bytes)
    return announced


async def read_body(receive: Receive, max_bytes: int, seconds: float) -> bytes:
    """The body. Raises RequestError when it is too long (413) or does not arrive in time (408), ClientGone."""
    chunks: list[bytes] = []
    total, more = 0, True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunk = message.get("body", b"")
                total += len(chunk)
                if total > max_bytes:
                    raise _too_large(max_bytes)
                chunks.append(chunk)
                more = message.get("more_body", False)
    except TimeoutError:
        raise RequestError(408, "slow-request", f"the body did not arrive within {seconds:g} seconds") from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def wait_for_hang_up(receive: Receive) -> None:
    """Ends when the client has hung up; to be used once the whole body has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def parse_json(body: bytes) -> Any:
    """The JSON value in a body. Raises RequestError (400); NaN, infinity and very deep nesting are not JSON here."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        what = "the body is empty" if not body else f"the body is not valid JSON: {error}"
        raise RequestError(400, "malformed-json", what) from None


def _too_large(max_bytes: int) -> RequestError:
    return RequestError(
        413, "body-too-large", f"the body is larger than {max_bytes} bytes; send fewer series at a time"
    )
