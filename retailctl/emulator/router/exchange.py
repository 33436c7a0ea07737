"""One request from admission to the last byte of its answer: between a caller's connection and a call to a slot.

Flow control: the caller is read only as fast as the container takes the body, and the container only as fast as the
caller takes the answer.
"""

from typing import TYPE_CHECKING

from retailctl.emulator.router import refusals
from retailctl.emulator.router.admission import Admission
from retailctl.emulator.router.answers import Answer
from retailctl.emulator.router.call import Call
from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.router.faulty_answers import LossyWay, Way, faulty_answer
from retailctl.emulator.router.faulty_calls import faulty_call
from retailctl.emulator.router.identifiers import request_id
from retailctl.emulator.router.messages import CLOSE, LAST_CHUNK, ResponseHead, chunk
from retailctl.emulator.router.mirror import Copy
from retailctl.emulator.router.records import Record
from retailctl.emulator.router.refusals import Refusal, refusal_bytes
from retailctl.emulator.router.requests import Request

if TYPE_CHECKING:
    from retailctl.emulator.router.downstream import CallerConnection

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# A caller that hung up: no status of HTTP's, but what proxies have written into access logs since nginx.
_HUNG_UP = 499
# While the container's connection is being made, no more of a body than this is held.
_HELD_BYTES = 262_144
# Of a refused request's body, so much is read to keep the connection; more costs the caller a new one.
DISCARDED_BYTES = 2**20


class Exchange:
    """The listener of its call; the caller's connection tells it of body, back-pressure and hang-up."""

    __slots__ = (
        "_admission",
        "_admitted",
        "_answer",
        "_body_sent",
        "_call",
        "_caller",
        "_continued",
        "_copy",
        "_head_to_send",
        "_ids",
        "_keep_alive",
        "_record",
        "_request",
        "_server",
    )

    def __init__(self, caller: "CallerConnection", request: Request) -> None:
        self._caller: Way = caller
        self._server = caller.server
        self._request = request
        self._admission = Admission()
        self._call: Call | None = None
        self._copy: Copy | None = None
        self._head_to_send = b""
        self._admitted = False
        self._continued = False
        self._body_sent = False
        self._answer: Answer | None = None
        head, own_id = request.head, request_id()
        self._keep_alive = head.keep_alive
        self._record = Record(head.method, request.started_s, own_id, head.client_request_id)
        self._ids = f"x-request-id: {own_id}\r\n{head.client_id_line}".encode()

    # What the caller does

    def begin(self) -> None:
        """Admit the request and send it on, or answer it."""
        server, request, admission = self._server, self._request, self._admission
        head = request.head
        refusal = admission.decide(server.routing, head)
        if refusal is None and max(request.size, head.content_length or 0) > server.limits.body_bytes:
            refusal = refusals.TOO_LARGE
        if refusal is not None:
            self.failed(refusal)
            return
        fault = server.faults.meet(admission, head.method, head.target) if server.faults.in_force else None
        if fault is not None and self._ends_by(fault):
            return
        assert admission.slot is not None
        admission.slot.inflight += 1
        self._admitted = True
        if admission.copy_to is not None:
            self._copy = Copy(server.stopwatch, server.mirror_budget, server.recorder, admission, self._record)
        if fault is None:
            self._call = Call(server.stopwatch, admission.slot, head.method, self)
        else:
            self._call = faulty_call(fault, server.stopwatch, admission.slot, head.method, self)
        if request.complete:
            self._send_whole(self._call)
        else:
            self._open_stream(self._call)

    def body_arrived(self) -> None:
        """More of the request, or its end."""
        if self._request.size > self._server.limits.body_bytes:
            self._give_up(refusals.TOO_LARGE)
        elif self._call is not None and self._call.clogged:
            self._caller.hold("body", sum(map(len, self._request.chunks)) > _HELD_BYTES)
        else:
            self.can_send()

    def hung_up(self) -> None:
        """The caller is gone, and with it the container's reason to go on."""
        self._abandon()
        self._write_down(_HUNG_UP, self._record.model_status)

    def cut(self, refusal: Refusal) -> None:
        """The rest of the body does not come, or makes no sense."""
        self._keep_alive = False
        self._give_up(refusal)

    def hold_answer(self, held: bool) -> None:
        """The caller's end takes no more of the answer, or takes it again."""
        if self._call is not None:
            self._call.hold(held)

    # What the call reports

    def can_send(self) -> None:
        """Send what has arrived of a streamed body."""
        request, call = self._request, self._call
        if self._body_sent or call is None:
            return
        body, last = request.take_body(), request.complete
        self._record.bytes_in += len(body)
        if self._copy is not None:
            self._copy.add_body(body)
        if request.head.chunked:
            body = (chunk(body) if body else b"") + (LAST_CHUNK if last else b"")
        head, self._head_to_send = self._head_to_send, b""
        self._body_sent = last
        call.send_part(head + body, last)
        if last:
            self._send_copy()
        self._caller.hold("body", False)

    def answered(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """Pass a piece of the answer on."""
        if head is not None:
            self._begin_answer(head)
        answer, record = self._answer, self._record
        assert answer is not None
        if ended:
            self._call = None
        self._caller.write(answer.piece(body, ended))
        record.bytes_out += sum(map(len, body))
        if ended:
            self._write_down(record.status, record.model_status)
            self._caller.answered(answer.keep_alive)

    def failed(self, refusal: Refusal) -> None:
        """Answer in the container's place; an answer that has begun can only be cut."""
        self._call = None
        if self._answer is not None:
            self._caller.abort()
        else:
            self._refuse(refusal)
        self._write_down(refusal.status, refusal.model_status)
        self._caller.answered(self._keep_alive)

    # Steps

    def _ends_by(self, fault: ScoringFault) -> bool:
        """Let a fault have its way; whether that is all that becomes of the request."""
        if fault.kind == "status":
            self.failed(faulty_answer(fault, self._admission))
        elif fault.kind == "drop" and fault.when == "before":
            self._caller.abort()  # and it counts as a hang-up
        else:
            if fault.kind == "drop":
                self._caller = LossyWay(self._caller, half=fault.when == "middle")
            return False
        return True

    def _send_whole(self, call: Call) -> None:
        body, head = self._request.take_body(), self._request.head
        self._record.bytes_in = len(body)
        framed = body or head.chunked or head.content_length is not None
        framing = b"content-length: %d\r\n" % len(body) if framed else b""
        self._body_sent = True
        if self._copy is not None:
            self._copy.add_body(body)
        call.send_whole(self._admission.upstream_head(self._ids, framing) + body)
        self._send_copy()

    def _open_stream(self, call: Call) -> None:
        head = self._request.head
        if head.expects_continue:
            self._continued = True
            self._caller.write(_CONTINUE)
        length = b"content-length: %d\r\n" % (head.content_length or 0)
        framing = b"transfer-encoding: chunked\r\n" if head.chunked else length
        self._head_to_send = self._admission.upstream_head(self._ids, framing)
        call.open()

    def _send_copy(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.send(self._request, self._ids)

    def _begin_answer(self, head: ResponseHead) -> None:
        assert self._admission.slot is not None
        fields = self._ids + self._admission.slot.name_line
        self._answer = Answer(self._request.head, head, fields, self._keep_alive)
        self._record.model_status = head.status
        self._record.status = self._answer.status

    def _refuse(self, refusal: Refusal) -> None:
        unread = self._request.remaining()
        unsure = self._request.head.expects_continue and not self._continued and not self._request.complete
        if unsure or unread is None or unread > DISCARDED_BYTES:
            self._keep_alive = False
        slot = self._admission.slot
        lines = (slot.name_line if slot else b"", self._ids, b"" if self._keep_alive else CLOSE)
        self._caller.write(refusal_bytes(refusal, b"".join(lines), with_body=self._request.head.method != b"HEAD"))

    def _give_up(self, refusal: Refusal) -> None:
        self._abandon()
        self.failed(refusal)

    def _abandon(self) -> None:
        if self._call is not None:
            self._call.abandon()
            self._call = None

    def _write_down(self, status: int, model_status: int | None) -> None:
        if self._copy is not None:
            self._copy.drop()
        if self._admitted and self._admission.slot is not None:
            self._admission.slot.inflight -= 1
        self._record.status = status
        self._record.model_status = model_status
        self._server.recorder.finish(self._record, self._admission)
