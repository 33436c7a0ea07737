"""A request's bytes, and the JSON value in them, within limits, whatever the client sends."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Receive, Scope

from serving.errors import RequestError


class ClientGone(Exception):
    """The client hung up before it had sent its request."""


async def read_body(scope: Scope, receive: Receive, max_bytes: int) -> bytes:
    """The body of a request that announces JSON. Raises RequestError (413 or 415), ClientGone."""
    if _check_headers(scope["headers"]) > max_bytes:
        raise _too_large(max_bytes)
    return await _read(receive, max_bytes)


def parse_json(body: bytes) -> Any:
    """The JSON value in a body. Raises RequestError (400); NaN, infinity and very deep nesting are not JSON here."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        what = "the body is empty" if not body else f"the body is not valid JSON: {error}"
        raise RequestError(400, "malformed-json", what) from None


async def _read(receive: Receive, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    total, more = 0, True
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
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check_headers(headers: list[tuple[bytes, bytes]]) -> int:
    """The announced length, 0 = none. Raises RequestError for anything but plain JSON."""
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
    return int(length) if length.isdigit() else 0


def _too_large(max_bytes: int) -> RequestError:
    return RequestError(
        413, "body-too-large", f"the body is larger than {max_bytes} bytes; send fewer series at a time"
    )
