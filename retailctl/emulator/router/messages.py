"""Heads of requests and responses as they pass through: which fields are read, dropped and set anew here."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from retailctl.emulator.router.identifiers import client_request_id

if TYPE_CHECKING:
    from retailctl.emulator.router.admission import Destination

# Fields that concern one connection only (RFC 9110, 7.6.1), framing, which is set anew, and what the router vouches
# for. Inferred [inf]: whether the platform passes Authorization on to the container is documented nowhere; to be safe
# here, no key ends up in a container's log.
_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade".split()
)
_REQUEST_OWN = _HOP_BY_HOP | frozenset(
    b"authorization content-length expect http2-settings transfer-encoding x-ms-client-request-id x-request-id".split()
)
_REQUEST_READ = frozenset(b"host azureml-model-deployment".split())
_RESPONSE_OWN = _HOP_BY_HOP | frozenset(
    b"azureml-model-deployment content-length ms-azureml-model-error-reason ms-azureml-model-error-statuscode".split()
    + b"transfer-encoding x-ms-client-request-id x-request-id".split()
)
BODYLESS = (204, 304)  # statuses whose answers have no body, whatever their head says
CLOSE = b"connection: close\r\n"
LAST_CHUNK = b"0\r\n\r\n"
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Head:
    """Header fields sorted as they arrive: `lines` to pass on as they are, `fields` to be read here (lower-case names).

    A field that comes twice keeps its last value; `Connection` keeps all.
    """

    __slots__ = ("fields", "lines")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.fields: dict[bytes, bytes] = {}

    def drop_named_by_connection(self) -> None:
        """Take out what `Connection` declares to concern one connection only."""
        named = self.fields.get(b"connection")
        if named is None:
            return
        tokens = {token.strip() for token in named.lower().split(b",")} - {b"keep-alive", b"close", b""}
        if tokens:
            self.lines = [line for line in self.lines if line.partition(b":")[0].lower() not in tokens]


class RequestHead(Head):
    """A caller's head. Nobody changes it once it is complete: the next request may come under the same."""

    __slots__ = (
        "chunked",
        "client_id_line",
        "client_request_id",
        "content_length",
        "destination",
        "expects_continue",
        "http10",
        "keep_alive",
        "method",
        "target",
    )

    def __init__(self) -> None:
        super().__init__()
        self.method = b""
        self.target = b""
        self.http10 = False
        self.keep_alive = True
        self.expects_continue = False
        self.chunked = False  # the body's length is not known before its end
        self.content_length: int | None = None  # None: none was announced
        self.client_request_id = ""
        self.client_id_line = ""  # it as it goes on and back
        self.destination: Destination | None = None  # where the last request under this head was let pass to

    def add(self, name: bytes, value: bytes) -> None:
        """One field. Raises ValueError for a second host (RFC 9112, 3.2)."""
        key = name.lower()
        if key in _REQUEST_OWN:
            _put(self.fields, key, value)
            return
        if key in _REQUEST_READ:
            if key == b"host" and key in self.fields:
                raise ValueError("two Host fields")
            self.fields[key] = value
        self.lines.append(b"%b: %b\r\n" % (name, value))

    def complete(self, method: bytes, http10: bool, keep_alive: bool) -> None:
        """All fields have been added. Raises ValueError for a body whose coding is not understood here."""
        fields = self.fields
        self.chunked = b"transfer-encoding" in fields
        if self.chunked and (http10 or fields[b"transfer-encoding"].lower() != b"chunked"):
            raise ValueError("a transfer coding other than chunked, or one in HTTP/1.0")
        self.method = method
        self.http10 = http10
        self.keep_alive = keep_alive and not http10
        self.expects_continue = b"expect" in fields and not http10
        length = fields.get(b"content-length")
        self.content_length = None if length is None else int(length)
        self.client_request_id = given = client_request_id(fields.get(b"x-ms-client-request-id"))
        self.client_id_line = f"x-ms-client-request-id: {given}\r\n" if given else ""
        self.drop_named_by_connection()


class ResponseHead(Head):
    """A container's head."""

    __slots__ = ("content_length", "start", "status")

    def __init__(self) -> None:
        super().__init__()
        self.status = 0
        self.content_length: int | None = None  # None: the body ends otherwise
        self.start = b""  # what every caller gets of it, once one has got it

    def add(self, name: bytes, value: bytes) -> None:
        """One field."""
        key = name.lower()
        if key in _RESPONSE_OWN:
            _put(self.fields, key, value)
        else:
            self.lines.append(b"%b: %b\r\n" % (name, value))

    def complete(self, status: int) -> None:
        """All fields have been added."""
        length = self.fields.get(b"content-length")
        self.status = status
        self.content_length = None if length is None or b"transfer-encoding" in self.fields else int(length)

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection says that the body is complete."""
        return b"transfer-encoding" not in self.fields and b"content-length" not in self.fields


def chunk(data: bytes) -> bytes:
    """A piece of a body whose length nobody knows yet; not for an empty one, which would end it."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def status_line(status: int) -> bytes:
    """The first line of a response."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d Unknown\r\n" % status


def _put(fields: dict[bytes, bytes], key: bytes, value: bytes) -> None:
    fields[key] = fields[key] + b"," + value if key == b"connection" and key in fields else value
