"""Whether a request may pass, and to which slot: the platform's status map, in the platform's order."""

import time

from retailctl.emulator.router import refusals
from retailctl.emulator.router.credentials import is_bearer
from retailctl.emulator.router.refusals import Refusal, Refused
from retailctl.emulator.router.routing import Endpoint, Routing, Slot

_HOSTS = frozenset((b"127.0.0.1", b"localhost", b"[::1]"))


class Admission:
    """A request on its way: what the records need even of a refused one, and where an admitted one goes."""

    __slots__ = ("copy_to", "endpoint", "path", "slot")

    def __init__(self) -> None:
        self.endpoint: Endpoint | None = None
        self.slot: Slot | None = None
        self.copy_to: Slot | None = None  # mirrors the request
        self.path = b"/"

    def decide(self, routing: Routing, target: bytes, fields: dict[bytes, bytes]) -> Refusal | None:
        """Find endpoint, slot and mirror; the answer for a request that must not pass."""
        try:
            self._check_host(fields.get(b"host"))
            self.endpoint = endpoint = self._find(routing, target)
            self._authenticate(endpoint, fields.get(b"authorization"))
            self.slot = slot = self._choose(endpoint, fields.get(b"azureml-model-deployment"))
        except Refused as refused:
            return refused.refusal
        # Inferred [inf]: the limit is documented as requests "processed in parallel", so it admits and does not
        # queue; the container sees all of them.
        if slot.inflight >= slot.most_inflight:
            return refusals.TOO_MANY_PENDING
        return None

    @staticmethod
    def _check_host(host: bytes | None) -> None:
        """Web pages must not reach this server under a name of their own (DNS rebinding)."""
        if host is None:
            raise Refused(refusals.BAD_REQUEST)  # RFC 9112, 3.2
        if host.rpartition(b":")[0] not in _HOSTS and host not in _HOSTS:
            raise Refused(refusals.WRONG_HOST)

    def _find(self, routing: Routing, target: bytes) -> Endpoint:
        """`/<endpoint>/<rest>`; whatever the rest is, the container gets it: it has more routes than scoring."""
        name, slash, rest = target[1:].partition(b"/")
        if not slash:
            name, mark, rest = name.partition(b"?")
            rest = mark + rest
        self.path = b"/" + rest
        text = name.decode("latin-1")
        endpoint = routing.endpoints.get(text.lower())
        if endpoint is None:
            raise Refused(refusals.no_endpoint(text[:64]))
        return endpoint

    @staticmethod
    def _authenticate(endpoint: Endpoint, authorization: bytes | None) -> None:
        if authorization is None or not is_bearer(authorization):
            raise Refused(refusals.NO_BEARER)
        if not endpoint.authority.accepts(authorization, time.time()):
            raise Refused(refusals.ACCESS_DENIED)

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
