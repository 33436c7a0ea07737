"""A caller's request: its head, and its body while it arrives."""

from retailctl.emulator.router.messages import RequestHead

# Bodies up to this size are waited for: a request that is whole can use a kept-alive connection and be repeated.
_WAITED_FOR_BYTES = 65_536


class Request:
    """Filled by the parser's callbacks; its body is taken out piece by piece."""

    __slots__ = (
        "chunks",
        "complete",
        "discarded",
        "head",
        "size",
        "started_s",
    )

    def __init__(self, head: RequestHead, started_s: float, body: bytes | None = None) -> None:
        """One that is arriving, or one that came whole, with its body."""
        self.head = head
        self.started_s = started_s
        self.chunks = [body] if body else []
        self.size = len(body) if body else 0  # bytes of body that have arrived
        self.complete = body is not None
        self.discarded = False  # answered already; the rest of the body is not wanted

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
    def worth_waiting(self) -> bool:
        """Whether the rest of one that is not complete is small and on its way."""
        if self.head.expects_continue or self.head.content_length is None:
            return False
        return self.head.content_length <= _WAITED_FOR_BYTES

    def remaining(self) -> int | None:
        """Bytes of body that are still to come; None when nobody knows."""
        if self.complete:
            return 0
        length = self.head.content_length
        return None if length is None else length - self.size
