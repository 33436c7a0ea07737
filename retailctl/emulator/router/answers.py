"""A container's answer as the caller gets it: 200 stays, every other status becomes 424 and is told in a field."""

from retailctl.emulator.router.messages import (
    BODYLESS,
    CLOSE,
    LAST_CHUNK,
    RequestHead,
    ResponseHead,
    chunk,
    status_line,
)
from retailctl.emulator.router.refusals import MODEL_ERROR

_MODEL_ERROR_LINES = (
    b"ms-azureml-model-error-reason: %b\r\n" % MODEL_ERROR.encode() + b"ms-azureml-model-error-statuscode: %d\r\n"
)


class Answer:
    """One answer on its way; framed anew, since the container's framing is for the container's connection."""

    __slots__ = ("_asked", "_chunked", "_fields", "_head", "keep_alive", "status")

    def __init__(self, asked: RequestHead, head: ResponseHead, fields: bytes, keep_alive: bool) -> None:
        """`fields` are further lines of the head."""
        self.status = 200 if head.status == 200 else 424
        self.keep_alive = keep_alive
        self._asked = asked
        self._head: ResponseHead | None = head
        self._fields = fields
        self._chunked = False

    def piece(self, body: list[bytes], ended: bool) -> bytes:
        """The next bytes for the caller; the first piece brings the head."""
        head, self._head = self._head, None
        pieces = [] if head is None else self._head_lines(head, body, ended)
        pieces += map(chunk, body) if self._chunked else body
        if ended and self._chunked:
            pieces.append(LAST_CHUNK)
        return b"".join(pieces)

    def _head_lines(self, head: ResponseHead, body: list[bytes], ended: bool) -> list[bytes]:
        if not head.start:  # containers mostly answer with the same head
            head.start = self._start(head)
        framing = self._framing(head, body, ended)
        return [head.start, self._fields, framing, b"\r\n" if self.keep_alive else CLOSE + b"\r\n"]

    def _start(self, head: ResponseHead) -> bytes:
        head.drop_named_by_connection()
        error = b"" if self.status == 200 else _MODEL_ERROR_LINES % head.status
        return b"".join((status_line(self.status), *head.lines, error))

    def _framing(self, head: ResponseHead, body: list[bytes], ended: bool) -> bytes:
        """How the caller will know the end of the body."""
        length = head.content_length
        if self._asked.method != b"HEAD":
            if head.status in BODYLESS:
                length = 0  # under status 424 the caller expects a body
            elif length is None and ended:
                length = sum(map(len, body))
            elif length is None and self._asked.http10:
                self.keep_alive = False
            elif length is None:
                self._chunked = True
                return b"transfer-encoding: chunked\r\n"
        return b"" if length is None else b"content-length: %d\r\n" % length
