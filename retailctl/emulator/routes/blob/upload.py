"""Writing blobs: whole, in blocks, and their metadata. An upload is on disk before it is acknowledged."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree

from starlette.responses import Response

from retailctl.emulator.routes.blob import conditions
from retailctl.emulator.routes.blob.request import BlobCall
from retailctl.emulator.services.storage_errors import StorageError
from retailctl.emulator.store.blobs import Blob, BlobNotFound

MAX_UPLOAD_BYTES = 5000 * 2**20
_MAX_BLOCK_LIST_BYTES = 16 * 2**20
_CONTENT_HEADERS = {
    "x-ms-blob-cache-control": "Cache-Control",
    "x-ms-blob-content-disposition": "Content-Disposition",
    "x-ms-blob-content-encoding": "Content-Encoding",
    "x-ms-blob-content-language": "Content-Language",
    "x-ms-blob-content-md5": "Content-MD5",
}


async def put(call: BlobCall) -> Response:
    """Whatever a PUT of a blob means, by its `comp`.

    A signature that may create and not write takes a new blob in one request alone: blocks want `w`, as the service
    answers (github.com/Azure/azure-storage-node/issues/485).
    """
    operation = call.query.get("comp", "")
    call.authorize("w" if operation else "cw")
    if "x-ms-copy-source" in call.request.headers:
        raise StorageError(501, "NotImplemented", "The local Azure ML does not copy blobs; read and write them.")
    handlers = {
        "": _put_blob,
        "block": _put_block,
        "blocklist": _put_block_list,
        "metadata": _set_metadata,
        "properties": _set_properties,
    }
    handler = handlers.get(operation)
    if handler is None:
        raise StorageError(
            501, "NotImplemented", f"The local Azure ML does not support PUT blob with comp={operation}."
        )
    return await handler(call)


async def _put_blob(call: BlobCall) -> Response:
    kind = call.request.headers.get("x-ms-blob-type", "BlockBlob")
    if kind != "BlockBlob":
        raise StorageError(501, "NotImplemented", f"The local Azure ML keeps block blobs, not {kind}.")
    upload = await _receive(call)
    return _commit(call, upload)


async def _put_block(call: BlobCall) -> Response:
    block_id = call.query.get("blockid", "")
    try:
        base64.b64decode(block_id, validate=True)
    except binascii.Error as error:
        raise StorageError(400, "InvalidQueryParameterValue", "blockid is not base64.") from error
    upload = await _receive(call)
    call.services.context.blocks.put(call.container, call.blob, block_id, upload)
    return Response(status_code=201, headers={"x-ms-request-server-encrypted": "false"})


async def _put_block_list(call: BlobCall) -> Response:
    content = bytearray()
    async for chunk in call.request.stream():
        content += chunk
        if len(content) > _MAX_BLOCK_LIST_BYTES:
            raise StorageError(413, "RequestBodyTooLarge", "The block list is too large.")
    block_ids = _block_ids(bytes(content))
    blocks = call.services.context.blocks
    upload = await asyncio.to_thread(blocks.assemble, call.container, call.blob, block_ids)
    answer = _commit(call, upload)
    await asyncio.to_thread(blocks.drop, call.container, call.blob)
    return answer


def _block_ids(content: bytes) -> list[str]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise StorageError(400, "InvalidXmlDocument", "The block list declares entities.")
    try:
        return [element.text or "" for element in ElementTree.fromstring(content)]
    except ElementTree.ParseError as error:
        raise StorageError(400, "InvalidXmlDocument", "The block list is not XML.") from error


async def _set_metadata(call: BlobCall) -> Response:
    blobs = call.services.context.blobs
    conditions.check_writing(call.request.headers, blobs.find(call.container, call.blob))
    return Response(status_code=200, headers=_written(blobs.set_metadata(call.container, call.blob, call.metadata())))


async def _set_properties(call: BlobCall) -> Response:
    blobs, headers = call.services.context.blobs, call.request.headers
    conditions.check_writing(headers, blobs.find(call.container, call.blob))
    blob = blobs.set_headers(
        call.container, call.blob, headers.get("x-ms-blob-content-type"), _content_headers(headers)
    )
    return Response(status_code=200, headers=_written(blob))


def _content_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What readers are to be told, by the header that tells them."""
    return {name: headers[sent] for sent, name in _CONTENT_HEADERS.items() if headers.get(sent)}


def _commit(call: BlobCall, upload: Path) -> Response:
    headers, blobs = call.request.headers, call.services.context.blobs
    content_type = headers.get("x-ms-blob-content-type") or headers.get("content-type")
    try:
        present = _present(call)
        if present is not None and not call.may("w"):
            raise StorageError(
                403, "UnauthorizedBlobOverwrite", "This request is not authorized to perform blob overwrites."
            )
        conditions.check_writing(headers, present)
        blob = blobs.commit(
            call.container,
            call.blob,
            upload,
            content_type=content_type,
            metadata=call.metadata(),
            headers=_content_headers(headers),
            replace=headers.get("if-none-match") != "*",
        )
    except BaseException:
        upload.unlink(missing_ok=True)
        raise
    return Response(status_code=201, headers=_written(blob))


def _present(call: BlobCall) -> Blob | None:
    try:
        return call.services.context.blobs.find(call.container, call.blob)
    except BlobNotFound:
        return None


def _written(blob: Blob) -> dict[str, str]:
    return {
        "ETag": blob.etag,
        "Last-Modified": format_datetime(blob.modified, usegmt=True),
        "x-ms-request-server-encrypted": "false",
    }


async def _receive(call: BlobCall) -> Path:
    """The body as a synced file of its own, checked against the MD5 that came with it."""
    upload = call.services.context.blobs.upload_file()
    checksum, size = hashlib.md5(usedforsecurity=False), 0
    try:
        with upload.open("xb") as file:
            async for chunk in call.request.stream():
                size += len(chunk)
                if size > MAX_UPLOAD_BYTES:
                    raise StorageError(413, "RequestBodyTooLarge", "The body is larger than one request may carry.")
                checksum.update(chunk)
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        _check_md5(call.request.headers.get("content-md5"), checksum.digest())
    except BaseException:
        upload.unlink(missing_ok=True)
        raise
    return upload


def _check_md5(expected: str | None, found: bytes) -> None:
    if expected and base64.b64encode(found).decode() != expected:
        raise StorageError(400, "Md5Mismatch", "The MD5 value of the request does not match its content.")
