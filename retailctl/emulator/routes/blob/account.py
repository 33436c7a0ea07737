"""The account itself: the list of its containers."""

from __future__ import annotations

from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from retailctl.emulator.routes.blob.request import BlobCall, xml_response
from retailctl.emulator.services.storage_errors import StorageError


async def get(call: BlobCall) -> Response:
    """List Containers."""
    call.authorize("l")
    operation = call.query.get("comp", "")
    if operation != "list":
        raise StorageError(
            501, "NotImplemented", f"The local Azure ML does not support accounts with comp={operation}."
        )
    blobs, prefix = call.services.context.blobs, call.query.get("prefix", "")
    names = [name for name in blobs.containers() if name.startswith(prefix)]
    found = "".join(
        f"<Container><Name>{escape(name)}</Name><Properties>"
        f"<Last-Modified>{format_datetime(blobs.container_modified(name), usegmt=True)}</Last-Modified>"
        f"<Etag>{blobs.container_etag(name)}</Etag><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "</Properties></Container>"
        for name in names
    )
    return xml_response(
        f"<EnumerationResults ServiceEndpoint={quoteattr(call.services.storage.url + '/')}>"
        f"<Prefix>{escape(prefix)}</Prefix><Containers>{found}</Containers><NextMarker/></EnumerationResults>"
    )
