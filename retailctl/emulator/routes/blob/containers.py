"""Containers: made, looked at, and listed, flat or by folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from retailctl.emulator.routes.blob.request import BlobCall, xml_response
from retailctl.emulator.services.storage_errors import StorageError
from retailctl.emulator.store.blobs import Blob, ContainerNotFound

_PAGE = 5000


async def put(call: BlobCall) -> Response:
    """Create Container."""
    call.authorize_container("cw")
    if call.metadata():
        raise StorageError(501, "NotImplemented", "The local Azure ML keeps no metadata of containers.")
    if not call.services.context.blobs.create_container(call.container):
        raise StorageError(409, "ContainerAlreadyExists", "The specified container already exists.")
    return Response(status_code=201, headers=_properties(call))


async def delete(call: BlobCall) -> Response:
    """Delete Container; those of the datastores stay."""
    call.authorize_container("d")
    if call.container in call.services.datastores.containers():
        raise StorageError(409, "ContainerInUse", "The container belongs to a datastore of the workspace.")
    call.services.context.blobs.delete_container(call.container)
    return Response(status_code=202)


async def get(call: BlobCall) -> Response:
    """Get Container Properties, or List Blobs with `comp=list`."""
    call.authorize("lr")
    if not call.services.context.blobs.has_container(call.container):
        raise ContainerNotFound(call.container)
    operation = call.query.get("comp", "")
    if operation == "list":
        return _list(call)
    if operation:
        raise StorageError(
            501, "NotImplemented", f"The local Azure ML does not support containers with comp={operation}."
        )
    return Response(status_code=200, headers=_properties(call))


def _properties(call: BlobCall) -> dict[str, str]:
    blobs = call.services.context.blobs
    return {
        "ETag": blobs.container_etag(call.container),
        "Last-Modified": format_datetime(blobs.container_modified(call.container), usegmt=True),
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
    }


def _list(call: BlobCall) -> Response:
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    wanted = call.query.get("maxresults", "")
    size = min(int(wanted), _PAGE) if wanted.isdecimal() and int(wanted) else _PAGE
    blobs = call.services.context.blobs.list(call.container, prefix)
    entries = list(_grouped(blobs, prefix, delimiter))
    marker = call.query.get("marker", "")
    entries = [entry for entry in entries if _name(entry) >= marker]
    page, rest = entries[:size], entries[size:]
    with_metadata = "metadata" in call.query.get("include", "")
    body = "".join(_entry(entry, with_metadata) for entry in page)
    following = escape(_name(rest[0])) if rest else ""
    return xml_response(
        f"<EnumerationResults ServiceEndpoint={quoteattr(call.services.storage.url + '/')}"
        f" ContainerName={quoteattr(call.container)}><Prefix>{escape(prefix)}</Prefix>"
        f"<MaxResults>{size}</MaxResults><Delimiter>{escape(delimiter)}</Delimiter>"
        f"<Blobs>{body}</Blobs><NextMarker>{following}</NextMarker></EnumerationResults>"
    )


def _grouped(blobs: Iterable[Blob], prefix: str, delimiter: str) -> Iterator[Blob | str]:
    """Blobs in order; with a delimiter, those that share a folder below the prefix are one name."""
    last = None
    for blob in blobs:
        head, found, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else (blob.name, "", "")
        if not found:
            yield blob
        elif (folder := prefix + head + delimiter) != last:
            last = folder
            yield folder


def _name(entry: Blob | str) -> str:
    return entry if isinstance(entry, str) else entry.name


def _entry(entry: Blob | str, with_metadata: bool) -> str:
    if isinstance(entry, str):
        return f"<BlobPrefix><Name>{escape(entry)}</Name></BlobPrefix>"
    modified = format_datetime(entry.modified, usegmt=True)
    metadata = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in entry.metadata.items())
    return (
        f"<Blob><Name>{escape(entry.name)}</Name><Properties><Creation-Time>{modified}</Creation-Time>"
        f"<Last-Modified>{modified}</Last-Modified><Etag>{escape(entry.etag.strip(chr(34)))}</Etag>"
        f"<Content-Length>{entry.size}</Content-Length><Content-Type>{escape(entry.content_type)}</Content-Type>"
        "<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        f"</Properties>{f'<Metadata>{metadata}</Metadata>' if with_metadata else ''}</Blob>"
    )
