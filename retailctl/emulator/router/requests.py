"""A caller's request while it arrives, and the head under which it goes on to the container."""

from retailctl.emulator.router.messages import RequestHead

# Bodies up to this size are waited for: a request that is whole can use a kept-alive connection and be repeated.
_WAITED_FOR_BYTES = 65_536


class Request:
    """Filled by the parser's callbacks; its body is taken out piece by piece."""

    __slots__ = (
        "chunks",
        "complete",
        "content_length",
        "discarded",
        "expects_continue",
        "head",
        "http10",
        "keep_alive",
        "method",
        "size",
        "started_s",
        "target",
    )

    def __init__(self, started_s: float) -> None:
        self.started_s = started_s
        self.method = b""
        self.target = b""
        self.head = RequestHead()
        self.http10 = False
        self.keep_alive = True
        self.expects_continue = False
        self.content_length: int | None = None  # None: none was announced
        self.chunks: list[bytes] = []
        self.size = 0  # bytes of body that have arrived
        self.complete = False
        self.discarded = False  # answered already; the rest of the body is not wanted

    def again(self, started_s: float, body: bytes) -> "Request":
        """A whole request under the same head, which nobody changes once it is complete."""
        request = Request.__new__(Request)
        request.started_s = started_s
        request.method = self.method
        request.target = self.target
        request.head = self.head
        request.http10 = self.http10
        request.keep_alive = self.keep_alive
        request.expects_continue = self.expects_continue
        request.content_length = self.content_length
        request.chunks = [body] if body else []
        request.size = len(body)
        request.complete = True
        request.discarded = False
        return request

    def head_is_complete(self, method: bytes, http10: bool, keep_alive: bool) -> None:
        """All header fields have been added. Raises ValueError for a body whose coding is not understood here."""
        fields = self.head.fields
        if self.chunked and (http10 or fields[b"transfer-encoding"].lower() != b"chunked"):
            raise ValueError("a transfer coding other than chunked, or one in HTTP/1.0")
        self.method = method
        self.http10 = http10
        self.keep_alive = keep_alive and not http10
        self.expects_continue = b"expect" in fields and not http10
        length = fields.get(b"content-length")
        self.content_length = None if length is None else int(length)
        self.head.drop_named_by_connection()

    def add_body(self, data: bytes) -> None:
        """A piece of the body."""
        self.size += len(data)
        if not self.discarded:
            self.chunks.append(data)

    def take_body(self) -> bytes:
        """What has arrived and was not taken yet."""
        body = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks.clear()
        return body

    def discard(self) -> None:
        """The request is answered; nobody wants the rest."""
        self.discarded = True
        self.chunks.clear()

    @property
    def chunked(self) -> bool:
        """Whether the body's length is not known before its end."""
        return b"transfer-encoding" in self.head.fields

    @property
    def worth_waiting(self) -> bool:
        """Whether the rest is small and on its way."""
        if self.complete or self.expects_continue or self.content_length is None:
            return False
        return self.content_length <= _WAITED_FOR_BYTES

    def remaining(self) -> int | None:
        """Bytes of body that are still to come; None when nobody knows."""
        if self.complete:
            return 0
        return None if self.content_length is None else self.content_length - self.size

    def upstream_head(self, path: bytes, ids: bytes, framing: bytes) -> bytes:
        """The head for the container: `ids` and `framing` are whole lines."""
        first = b"%b %b HTTP/1.1\r\n" % (self.method, path)
        return b"".join((first, *self.head.lines, ids, framing, b"\r\n"))
