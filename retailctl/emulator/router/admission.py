"""Whether a request may pass, and to which slot: the platform's status map, in the platform's order."""

import time
from dataclasses import dataclass

from retailctl.emulator.router import refusals
from retailctl.emulator.router.credentials import is_bearer
from retailctl.emulator.router.messages import RequestHead
from retailctl.emulator.router.refusals import Refusal, Refused
from retailctl.emulator.router.routing import Endpoint, Routing, Slot

_HOSTS = frozenset((b"127.0.0.1", b"localhost", b"[::1]"))


@dataclass(frozen=True, slots=True)
class Destination:
    """Where requests under one head may go, for as long as table and credential are in force."""

    endpoint: Endpoint
    slot: bytes | None
    """That the caller named."""
    start: bytes
    """Of the head for the container; the lines that are the request's own follow."""
    table: int
    ends_at: float


class Admission:
    """A request on its way: what the records need even of a refused one, and where an admitted one goes."""

    __slots__ = ("copy_to", "endpoint", "slot", "start")

    def __init__(self) -> None:
        self.endpoint: Endpoint | None = None
        self.slot: Slot | None = None
        self.copy_to: Slot | None = None  # mirrors the request
        self.start = b""

    def decide(self, routing: Routing, head: RequestHead) -> Refusal | None:
        """Find endpoint, slot and mirror; the answer for a request that must not pass."""
        try:
            known = head.destination
            if known is None or known.table != routing.version or time.time() >= known.ends_at:
                head.destination = known = self._check(routing, head)
            self.endpoint = known.endpoint
            self.start = known.start
            self.slot = slot = self._choose(known.endpoint, known.slot)
        except Refused as refused:
            return refused.refusal
        # Inferred [inf]: the limit is documented as requests "processed in parallel", so it admits and does not
        # queue; the container sees all of them.
        if slot.inflight >= slot.most_inflight:
            return refusals.TOO_MANY_PENDING
        return None

    def upstream_head(self, ids: bytes, framing: bytes) -> bytes:
        """The head for the container: `ids` and `framing` are whole lines."""
        return b"".join((self.start, ids, framing, b"\r\n"))

    def _check(self, routing: Routing, head: RequestHead) -> Destination:
        self._check_host(head.fields.get(b"host"))
        self.endpoint, path = self._find(routing, head.target)
        ends_at = self._authenticate(self.endpoint, head.fields.get(b"authorization"))
        start = b"".join((b"%b %b HTTP/1.1\r\n" % (head.method, path), *head.lines))
        named = head.fields.get(b"azureml-model-deployment")
        return Destination(self.endpoint, named, start, routing.version, ends_at)

    @staticmethod
    def _check_host(host: bytes | None) -> None:
        """Web pages must not reach this server under a name of their own (DNS rebinding)."""
        if host is None:
            raise Refused(refusals.BAD_REQUEST)  # RFC 9112, 3.2
        if host.rpartition(b":")[0] not in _HOSTS and host not in _HOSTS:
            raise Refused(refusals.WRONG_HOST)

    @staticmethod
    def _find(routing: Routing, target: bytes) -> tuple[Endpoint, bytes]:
        """`/<endpoint>/<rest>`; whatever the rest is, the container gets it: it has more routes than scoring."""
        name, slash, rest = target[1:].partition(b"/")
        if not slash:
            name, mark, rest = name.partition(b"?")
            rest = mark + rest
        text = name.decode("latin-1")
        endpoint = routing.endpoints.get(text.lower())
        if endpoint is None:
            raise Refused(refusals.no_endpoint(text[:64]))
        return endpoint, b"/" + rest

    @staticmethod
    def _authenticate(endpoint: Endpoint, authorization: bytes | None) -> float:
        if authorization is None or not is_bearer(authorization):
            raise Refused(refusals.NO_BEARER)
        ends_at = endpoint.authority.accepts_until(authorization)
        if time.time() >= ends_at:
            raise Refused(refusals.ACCESS_DENIED)
        return ends_at

    def _choose(self, endpoint: Endpoint, named: bytes | None) -> Slot:
        """The header's slot, which is never mirrored, or the split's."""
        if named is not None:
            slot = endpoint.slots.get(named.decode("latin-1"))
            if slot is None:
                raise Refused(refusals.no_slot(endpoint.name, named.decode("latin-1")[:64]))
            return slot
        name = endpoint.split.choose()
        if name is None:
            raise Refused(refusals.no_traffic(endpoint.name))
        copy_to = endpoint.mirror.choose() if endpoint.mirror else None
        # Inferred [inf]: a slot is not sent a copy of a request that it answers anyway.
        self.copy_to = endpoint.slots[copy_to] if copy_to and copy_to != name else None
        return endpoint.slots[name]
