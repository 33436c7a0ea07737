"""What answers scoring requests: the router and the slots that run, kept in step with what is stored.

The router is started when the first endpoint needs it, on a port that stays the same across restarts while it is
free.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.router.client import RouterClient, RouterError
from retailctl.emulator.router.metrics import MinuteMetrics
from retailctl.emulator.runners.slots import SlotSpec, SlotSupervisor
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.identity import Identity
from retailctl.emulator.services.routing import route_table

_log = logging.getLogger(__name__)

_PORT = "router_port"
DRAIN_S = 30.0
_SHUTDOWN_DRAIN_S = 3.0
_PORT_PATIENCE_S = 1.0
_POLL_S = 0.02


class DataPlane:
    """The router process and every running slot."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._router: RouterClient | None = None
        self._starting = asyncio.Lock()
        self._applying = asyncio.Lock()
        self._slots: dict[tuple[str, str], SlotSupervisor] = {}
        self._attempts: dict[tuple[str, str], SlotSupervisor] = {}
        self._refreshes: set[asyncio.Task[None]] = set()
        self._retiring: set[SlotSupervisor] = set()
        self._stopping = False

    @property
    def scoring_base(self) -> str | None:
        """Where the router answers, or None before its first start."""
        port = self._context.settings.get(_PORT)
        return f"http://127.0.0.1:{port}" if port else None

    async def router(self) -> RouterClient:
        """The running router, started now if need be. Raises ArmError (500) when it cannot be."""
        async with self._starting:
            if self._router is None:
                try:
                    self._router = await self._start_router()
                except RouterError as error:
                    raise _router_failed(error) from error
        return self._router

    async def _start_router(self) -> RouterClient:
        """On the port of last time while it is free, or else on any."""
        last = int(self._context.settings.get(_PORT) or 0)
        if last:
            await _let_go(last)
        try:
            router = await self._router_on(last)
        except RouterError as error:
            if not last:
                raise
            _log.warning("The endpoints move to another port: %s", error)
            router = await self._router_on(0)
        self._context.settings.set(_PORT, str(router.port))
        return router

    async def _router_on(self, port: int) -> RouterClient:
        router = RouterClient(self._context.folder.slots, port=port, on_struck=self._context.faults.struck)
        await router.start(self._context.faults.scoring())
        return router

    async def refresh(self) -> None:
        """Make the router follow what is stored and which instances are ready. Raises ArmError (500)."""
        router = await self.router()
        async with self._applying:
            addresses = {key: slot.addresses for key, slot in self._slots.items()}
            try:
                await router.apply(route_table(self._context, self._identity, addresses))
            except RouterError as error:
                raise _router_failed(error) from error

    async def follow_faults(self) -> None:
        """Make a router that runs follow the faults in force; one that starts does. Raises ArmError (500)."""
        async with self._starting:
            if self._router is None:
                return
            try:
                await self._router.inject(self._context.faults.scoring())
            except RouterError as error:
                raise _router_failed(error) from error

    def slots(self, endpoint: str) -> dict[str, SlotSupervisor]:
        """The slots that serve an endpoint, by deployment."""
        return {deployment: slot for (owner, deployment), slot in self._slots.items() if owner == endpoint}

    def attempt(self, endpoint: str, deployment: str) -> SlotSupervisor | None:
        """The slot that was started last for a deployment, whether it became ready or not."""
        return self._attempts.get((endpoint, deployment))

    def supervise(self, spec: SlotSpec) -> SlotSupervisor:
        """A slot that is not started yet; the router hears of every change in its instances."""
        slot = SlotSupervisor(spec, self._changed)
        self._attempts[spec.endpoint, spec.deployment] = slot
        return slot

    def serves(self, endpoint: str, deployment: str) -> bool:
        """Whether a deployment has a slot that takes requests."""
        return (endpoint, deployment) in self._slots

    async def install(self, slot: SlotSupervisor) -> None:
        """Route to a slot that is ready; the one it replaces finishes its requests and ends.

        Raises ArmError (500), with the slot ended and the one before it still there.
        """
        key = (slot.spec.endpoint, slot.spec.deployment)
        previous = self._slots.get(key)
        self._slots[key] = slot
        try:
            await self.refresh()
        except ArmError:
            self._slots.pop(key)
            if previous is not None:
                self._slots[key] = previous
            await slot.stop(drain_s=0)
            raise
        if previous is not None and previous is not slot:
            await self._retire(previous)

    async def remove(self, endpoint: str, deployment: str) -> None:
        """Stop routing to a deployment's slot and end it. Raises ArmError (500), with the slot still there."""
        key = (endpoint, deployment)
        slot = self._slots.pop(key, None)
        try:
            await self.refresh()
        except ArmError:
            if slot is not None:
                self._slots[key] = slot
            raise
        self._attempts.pop(key, None)
        if slot is not None:
            await self._retire(slot)

    async def _retire(self, slot: SlotSupervisor) -> None:
        """End a slot when its requests are answered, or when nobody can tell."""
        self._retiring.add(slot)
        try:
            router = await self.router()
            await router.drained(slot.addresses, DRAIN_S)
        except (ArmError, RouterError) as error:
            _log.warning("Instances of %s end without a wait for their requests: %s", slot.spec.deployment, error)
        await slot.stop()
        self._retiring.discard(slot)

    def _changed(self) -> None:
        if self._stopping:
            return
        task = asyncio.get_running_loop().create_task(self._follow())
        self._refreshes.add(task)
        task.add_done_callback(self._refreshes.discard)

    async def _follow(self) -> None:
        try:
            await self.refresh()
        except ArmError as error:
            _log.error("The router does not follow a change in the instances: %s", error.message)

    async def metrics(self, endpoint: str, since: float, until: float) -> list[MinuteMetrics]:
        """What the router measured, by slot and minute. Raises ArmError (500)."""
        router = await self.router()
        try:
            return await router.metrics(endpoint, since, until)
        except RouterError as error:
            raise _router_failed(error) from error

    async def stop(self) -> None:
        """End the slots and the router."""
        self._stopping = True
        for task in self._refreshes:
            task.cancel()
        await asyncio.gather(*self._refreshes, return_exceptions=True)
        ending = {*self._slots.values(), *self._retiring}
        await asyncio.gather(*(slot.stop(_SHUTDOWN_DRAIN_S) for slot in ending), return_exceptions=True)
        if self._router is not None:
            await self._router.stop()


async def _let_go(port: int) -> None:
    """Give the router of a server that was killed a moment to end; the port may be somebody else's by now."""
    deadline = asyncio.get_running_loop().time() + _PORT_PATIENCE_S
    while asyncio.get_running_loop().time() < deadline:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return
        await asyncio.sleep(_POLL_S)


def _router_failed(error: RouterError) -> ArmError:
    return ArmError(500, "InternalServerError", f"The endpoints' router does not work: {error}")
