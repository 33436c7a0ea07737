"""The table in use: endpoints with their splitters, slots with their requests in flight, instances with connections.

Swapping the table replaces the endpoints as a whole and keeps what outlives it: counts of requests in flight, series
of metrics, pools of connections to instances that stay.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from random import Random

from retailctl.emulator.router.backend import Backend
from retailctl.emulator.router.credentials import Authority
from retailctl.emulator.router.series import Series
from retailctl.emulator.router.splitter import Splitter
from retailctl.emulator.router.table import EndpointRoute, RouteTable, SlotRoute


class Slot:
    """A deployment at work. `inflight` counts callers' requests; mirrored copies have a count of their own, because
    they must not cost a caller its place."""

    __slots__ = (
        "_turn",
        "backends",
        "copies",
        "copy_series",
        "inflight",
        "most_inflight",
        "name",
        "name_line",
        "series",
        "timeout_ms",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.name_line = f"azureml-model-deployment: {name}\r\n".encode()
        self.inflight = 0
        self.copies = 0
        self.series = Series(name, mirrored=False)
        self.copy_series = Series(name, mirrored=True)
        self.backends: list[Backend] = []
        self._turn = 0

    def follow(self, route: SlotRoute, backends: list[Backend]) -> None:
        """Take over settings and instances."""
        self.backends = backends
        self.timeout_ms = route.timeout_ms
        self.most_inflight = 2 * route.max_concurrent * route.instance_count

    def is_spent(self, now_s: float) -> bool:
        """Whether nothing of it is left to finish or to report."""
        busy = self.inflight + self.copies
        return not busy and self.series.is_empty(now_s) and self.copy_series.is_empty(now_s)

    def pick(self, tried: Collection[Backend] = ()) -> Backend | None:
        """The ready instance with the fewest requests in flight, in turn among equals; None when all were tried."""
        if len(self.backends) == 1:
            only = self.backends[0]
            return None if only in tried else only
        self._turn += 1
        count = len(self.backends)
        in_turn = (self.backends[(self._turn + offset) % count] for offset in range(count))
        return min((b for b in in_turn if b not in tried), key=lambda b: b.inflight, default=None)


class Endpoint:
    """One endpoint at work: slots by the name that the header gives, and what deals their names out."""

    __slots__ = ("authority", "mirror", "name", "route", "slots", "split", "unassigned")

    def __init__(
        self, name: str, route: EndpointRoute, slots: Mapping[str, Slot], unassigned: Series, before: "Endpoint | None"
    ) -> None:
        self.name = name
        self.route = route
        self.authority = Authority(route.credentials)
        self.slots = slots
        self.unassigned = unassigned  # requests refused before a slot was chosen
        self.split = Splitter(route.weights, Random())
        shares: dict[str | None, int] = {None: 100 - sum(route.mirror.values())}
        shares.update(route.mirror.items())
        self.mirror = Splitter(shares, Random()) if route.mirror else None
        # A block that has been begun is dealt to its end, or tables that change often would never be exact.
        if before and before.route.weights == route.weights:
            self.split = before.split
        if before and before.route.mirror == route.mirror:
            self.mirror = before.mirror


class Routing:
    """All endpoints by name, and everything that outlives a table."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.version = 0  # of the table
        self._loop = loop
        self._slots: dict[tuple[str, str], Slot] = {}
        self._backends: dict[str, Backend] = {}

    def apply(self, table: RouteTable) -> None:
        """Swap the table. New requests follow it at once; those in flight keep their instance."""
        before, self.endpoints = self.endpoints, {}
        self.version += 1
        for slot in self._slots.values():
            slot.backends = []
        for name, route in table.endpoints.items():
            slots = {slot_name: self._slot(name, slot_name) for slot_name in route.slots}
            for slot_name, slot_route in route.slots.items():
                slots[slot_name].follow(slot_route, [self._backend(address) for address in slot_route.addresses])
            unassigned = self._slot(name, "").series
            key = name.lower()  # a host name on the platform, hence without case
            self.endpoints[key] = Endpoint(name, route, slots, unassigned, before.get(key))
        self._forget_unused()

    def rows(self, endpoint: str, since: float, until: float) -> list[bytes]:
        """The JSON of every minute's metrics of an endpoint in [since, until), oldest first."""
        slots = [slot for (name, _), slot in self._slots.items() if name == endpoint]
        every = [series.rows(since, until) for slot in slots for series in (slot.series, slot.copy_series)]
        return [row for _, row in sorted((entry for rows in every for entry in rows), key=lambda entry: entry[0])]

    def inflight(self, endpoint: str, slot: str) -> int:
        """Requests of a slot without an answer, mirrored copies included."""
        known = self._slots.get((endpoint, slot))
        return known.inflight + known.copies if known else 0

    def inflight_on(self, addresses: Collection[str]) -> int:
        """The same for instances."""
        return sum(self._backends[address].inflight for address in addresses if address in self._backends)

    def close_idle(self) -> None:
        """Close connections to instances that have been idle for too long."""
        for backend in self._backends.values():
            backend.close_idle()

    def _slot(self, endpoint: str, name: str) -> Slot:
        return self._slots.setdefault((endpoint, name), Slot(name))

    def _backend(self, address: str) -> Backend:
        backend = self._backends.setdefault(address, Backend(address, self._loop))
        backend.retired = False
        return backend

    def _forget_unused(self) -> None:
        used = {backend for slot in self._slots.values() for backend in slot.backends}
        for address, backend in list(self._backends.items()):
            if backend not in used:
                backend.retire()
                if not backend.inflight:
                    del self._backends[address]
        for (endpoint, name), slot in list(self._slots.items()):
            current = self.endpoints.get(endpoint.lower())
            in_table = current is not None and (name in current.slots or not name)
            if not in_table and slot.is_spent(time.time()):
                del self._slots[endpoint, name]
