"""One request to the Blob service: who may make it, and what is refused how."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from retailctl.emulator.errors import UnusableState
from retailctl.emulator.services.services import Services
from retailctl.emulator.services.storage import SAS_VERSION
from retailctl.emulator.services.storage_errors import StorageError
from retailctl.emulator.store.blob_names import InvalidBlobName
from retailctl.emulator.store.blobs import BlobExists, BlobNameTaken, BlobNotFound, ContainerNotFound
from retailctl.emulator.store.blocks import UnknownBlock
from retailctl.emulator.store.trouble import trouble_of

_log = logging.getLogger(__name__)

_METADATA = "x-ms-meta-"
_XML = "application/xml"
_REFUSALS: Mapping[type[Exception], tuple[int, str, str]] = {
    ContainerNotFound: (404, "ContainerNotFound", "The specified container does not exist."),
    BlobNotFound: (404, "BlobNotFound", "The specified blob does not exist."),
    BlobExists: (409, "BlobAlreadyExists", "The specified blob already exists."),
    BlobNameTaken: (409, "BlobNameConflict", "A blob and a folder of blobs cannot have the same name here."),
    UnknownBlock: (400, "InvalidBlockList", "The specified block list is invalid."),
    InvalidBlobName: (400, "InvalidUri", "The name of the container or of the blob is not allowed here."),
}


@dataclass(frozen=True, slots=True)
class BlobCall:
    """A request for a container or a blob; `blob` is '' for the container itself."""

    request: Request
    services: Services
    container: str
    blob: str

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters."""
        return self.request.query_params

    @property
    def _is_signed(self) -> bool:
        """Whether the signature in the query is what the caller is let in by."""
        authorization = self.request.headers.get("authorization", "")
        return "sig" in self.query and not authorization.startswith(("Bearer ", "SharedKey "))

    def metadata(self) -> dict[str, str]:
        """The metadata that the headers carry. Raises StorageError (400)."""
        headers = self.request.headers.items()
        found = {name.removeprefix(_METADATA): value for name, value in headers if name.startswith(_METADATA)}
        for name in found:
            if not name.isidentifier():
                raise StorageError(400, "InvalidMetadata", f"The metadata name {name!r} is not a C# identifier.")
        return found

    def authorize(self, permission: str) -> None:
        """Raise StorageError (401, 403) unless the caller may do any of these (letters of a SAS)."""
        authorization = self.request.headers.get("authorization", "")
        if authorization.startswith("Bearer "):
            if not self.services.identity.recognises(authorization.removeprefix("Bearer ").strip()):
                raise StorageError(401, "InvalidAuthenticationInfo", "The access token is invalid or has expired.")
        elif authorization.startswith("SharedKey "):
            raw_path = self.request.scope["raw_path"].decode("latin-1").partition("?")[0]
            self.services.storage.check_shared_key(
                authorization, self.request.method, raw_path, dict(self.request.headers), self.query
            )
        elif self._is_signed:
            self.services.storage.check_sas(self.query, self.container, self.blob, permission)
            self._check_address()
        else:
            raise StorageError(401, "NoAuthenticationInformation", "The request carries no credential.")

    def may(self, permission: str) -> bool:
        """Whether an authorized caller may do this as well: a signature may allow less than a key or a token."""
        return not self._is_signed or permission in self.query.get("sp", "")

    def authorize_container(self, permission: str) -> None:
        """As `authorize`, for the container itself: a service signature opens what is in it, no more."""
        self.authorize(permission)
        if self._is_signed and "srt" not in self.query:
            raise StorageError(
                403, "AuthorizationPermissionMismatch", "The shared access signature does not allow this operation."
            )

    def _check_address(self) -> None:
        """A signature may be for callers of some addresses alone."""
        first, _, last = self.query.get("sip", "").partition("-")
        try:
            caller = ip_address(self.request.client.host if self.request.client else "127.0.0.1")
            allowed = not first or ip_address(first) <= caller <= ip_address(last or first)  # type: ignore[operator]
        except (ValueError, TypeError):  # no address, or one of the other family
            allowed = False
        if not allowed:
            raise StorageError(403, "AuthorizationSourceIPMismatch", "The signature is not for this address.")


def xml_response(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An XML answer."""
    return Response('<?xml version="1.0" encoding="utf-8"?>' + text, status, headers, _XML)


def refused(error: StorageError) -> Response:
    """The Blob service's error body, with its code in a header as well, since a HEAD has no body."""
    if error.status == 304:
        return Response(status_code=304, headers={"x-ms-error-code": error.code})
    body = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    return xml_response(body, error.status, {"x-ms-error-code": error.code})


BlobHandler = Callable[[BlobCall], Awaitable[Response]]


def answering(handler: BlobHandler) -> Callable[[Request], Awaitable[Response]]:
    """A route's endpoint that answers with the handler, and refuses as the Blob service does."""

    def _identified(response: Response) -> Response:
        response.headers["x-ms-version"] = SAS_VERSION
        return response

    async def answer(request: Request) -> Response:
        parts = request.path_params
        call = BlobCall(request, request.app.state.services, parts.get("container", ""), parts.get("blob", ""))
        try:
            return _identified(await handler(call))
        except StorageError as error:
            return refused(error)
        except tuple(_REFUSALS) as error:
            return refused(StorageError(*_REFUSALS[type(error)]))
        except (OSError, sqlite3.Error, UnusableState) as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            _log.error("Request %s %s failed", request.method, request.url.path, exc_info=error)
            # A 5xx would be sent again for a minute and more by the storage clients.
            return refused(StorageError(409, trouble.code, trouble.message))

    return answer
