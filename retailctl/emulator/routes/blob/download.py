"""Reading blobs: properties, content and ranges of it, and removing them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from email.utils import format_datetime
from pathlib import Path

from starlette.responses import Response, StreamingResponse

from retailctl.emulator.routes.blob import conditions
from retailctl.emulator.routes.blob.request import BlobCall
from retailctl.emulator.services.storage_errors import StorageError
from retailctl.emulator.store.blobs import Blob

_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")
_CHUNK_BYTES = 256 * 1024


async def head(call: BlobCall) -> Response:
    """Get Blob Properties."""
    call.authorize("r")
    blob = call.services.context.blobs.find(call.container, call.blob)
    conditions.check_reading(call.request.headers, blob)
    return Response(status_code=200, headers=_properties(blob) | {"Content-Length": str(blob.size)})


async def get(call: BlobCall) -> Response:
    """Get Blob, or a range of it; with `comp=metadata` Get Blob Metadata."""
    call.authorize("r")
    operation, blobs = call.query.get("comp", ""), call.services.context.blobs
    blob, file = blobs.find(call.container, call.blob), blobs.file(call.container, call.blob)
    conditions.check_reading(call.request.headers, blob)
    if operation == "metadata":
        return Response(status_code=200, headers=_properties(blob))
    if operation or "snapshot" in call.query or "versionid" in call.query:
        raise StorageError(501, "NotImplemented", f"The local Azure ML does not support GET blob with {call.query}.")
    wanted = call.request.headers.get("x-ms-range") or call.request.headers.get("range")
    headers = _properties(blob)
    if not wanted:
        length = {"Content-Length": str(blob.size)}
        return StreamingResponse(_content(file, 0, blob.size), headers=headers | length)
    start, end = _range(wanted, blob.size)
    if md5 := headers.pop("Content-MD5", None):  # of the whole blob, not of the part
        headers["x-ms-blob-content-md5"] = md5
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{blob.size}", "Content-Length": str(end - start)}
    return StreamingResponse(_content(file, start, end), status_code=206, headers=headers)


async def delete(call: BlobCall) -> Response:
    """Delete Blob."""
    call.authorize("d")
    blobs = call.services.context.blobs
    conditions.check_writing(call.request.headers, blobs.find(call.container, call.blob))
    blobs.delete(call.container, call.blob)
    return Response(status_code=202, headers={"x-ms-delete-type-permanent": "true"})


def _range(wanted: str, size: int) -> tuple[int, int]:
    """First byte and the one after the last."""
    match = _RANGE.match(wanted)
    if not match or int(match[1]) >= size:
        raise StorageError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    end = int(match[2]) + 1 if match[2] else size
    return int(match[1]), min(end, size)


def _properties(blob: Blob) -> dict[str, str]:
    return {
        "Content-Type": blob.content_type,
        "ETag": blob.etag,
        "Last-Modified": format_datetime(blob.modified, usegmt=True),
        "x-ms-creation-time": format_datetime(blob.modified, usegmt=True),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
        "x-ms-server-encrypted": "false",
        "Accept-Ranges": "bytes",
        **blob.headers,
        **{f"x-ms-meta-{name}": value for name, value in blob.metadata.items()},
    }


async def _content(file: Path, start: int, end: int) -> AsyncIterator[bytes]:
    """Bytes of a file, read beside the event loop. A log may grow meanwhile: no more than was announced is sent."""
    with file.open("rb") as source:
        source.seek(start)
        left = end - start
        while left:
            chunk = await asyncio.to_thread(source.read, min(left, _CHUNK_BYTES))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
