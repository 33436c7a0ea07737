"""The control plane's end of the router: starts the process, sends the table, reads its figures, restarts it."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.router.launch import RouterProcess
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.metrics import MinuteMetrics
from retailctl.emulator.router.table import RouteTable
from retailctl.emulator.starting import start_patiently

_LONGEST_ANSWER_S = 15.0
_STOP_GRACE_S = 2.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0
_POLL_S = 0.02


class RouterError(Exception):
    """The router cannot be started or does not answer; the message says why (a taken port is named)."""


class _Killed(RouterError):
    """The process ended before it was ready."""


class RouterClient:
    """Owns one router process; belongs to one event loop.

    A router that dies is started again on the same port with the last table and with what is left of the faults.
    """

    def __init__(
        self,
        log_folder: Path,
        *,
        port: int = 0,
        limits: Limits | None = None,
        on_struck: Callable[[str, int, int], None] | None = None,
    ) -> None:
        """`log_folder` receives `<endpoint>.access.jsonl` and `router.log`; port 0 lets the system choose.

        `on_struck` is told a fault's id, of how many requests it was, and how many of them it met.
        """
        self.log_folder = log_folder
        self._port = port
        self._limits = limits or Limits()
        self._table = RouteTable()
        self._faults: dict[str, ScoringFault] = {}
        self._on_struck = on_struck
        self._process: RouterProcess | None = None
        self._up = asyncio.Event()
        self._guard: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where callers reach the endpoints, after `start`; keep it and pass it in after a restart of the server."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The process that runs now, None between two."""
        return self._process.pid if self._process and self._up.is_set() else None

    async def start(self, faults: Iterable[ScoringFault] = ()) -> None:
        """Return once the router accepts connections, with these faults in force; raises RouterError."""
        self._faults = {fault.id: fault for fault in faults}
        self.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = await start_patiently(self._launch, _Killed)
        self._guard = asyncio.create_task(self._keep_up(process))

    async def stop(self) -> None:
        """End the router; requests in flight get a moment to finish. Safe to call twice."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.wait([self._guard])
            self._guard = None
        process, self._process = self._process, None
        self._up.clear()
        if process is not None:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(2 * _STOP_GRACE_S):
                    await process.request("stop", grace_s=_STOP_GRACE_S)
            await process.end()

    async def apply(self, table: RouteTable) -> None:
        """Swap the table as a whole; returns once new requests follow it. Requests in flight keep their instance."""
        await self._ask("apply", table=table.to_json())
        self._table = table

    async def inject(self, faults: Iterable[ScoringFault]) -> None:
        """Swap the faults; one that is known by its id keeps its counts."""
        before = self._faults
        self._faults = {fault.id: before.get(fault.id, fault) for fault in faults}
        try:
            await self._ask("inject", faults=[fault.to_json() for fault in self._faults.values()])
        except RouterError:
            self._faults = before
            raise

    async def metrics(self, endpoint: str, since: float, until: float) -> list[MinuteMetrics]:
        """Rows of the minutes that begin in [since, until) (epoch seconds), oldest first."""
        rows = await self._ask("metrics", endpoint=endpoint, since=since, until=until)
        return [MinuteMetrics.from_json(row) for row in rows]

    async def inflight(self, endpoint: str, slot: str) -> int:
        """Requests that the slot has not answered yet, those on removed instances and mirrored copies included."""
        count: int = await self._ask("inflight", endpoint=endpoint, slot=slot)
        return count

    async def drained(self, addresses: Collection[str], timeout_s: float) -> bool:
        """Wait until no request is in flight on these instances; False when `timeout_s` passed first."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while await self._ask("inflight_on", addresses=list(addresses)):
            if asyncio.get_running_loop().time() >= deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def _ask(self, op: str, **arguments: Any) -> Any:
        """One operation; waits out a restart of the router. Raises RouterError."""
        try:
            async with asyncio.timeout(_LONGEST_ANSWER_S):
                while True:
                    await self._up.wait()
                    assert self._process is not None
                    with contextlib.suppress(ConnectionError):  # it died; `_keep_up` is about to notice
                        return await self._process.request(op, **arguments)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            raise RouterError(f"The router has not answered within {_LONGEST_ANSWER_S:g} s.") from error
        except ValueError as error:
            raise RouterError(f"The router refused '{op}': {error}") from error

    async def _keep_up(self, process: RouterProcess) -> None:
        """Start another whenever one ends."""
        pause_s = _FIRST_PAUSE_S
        while True:
            await process.wait()
            self._up.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            with contextlib.suppress(RouterError):
                process = await self._launch()
                pause_s = _FIRST_PAUSE_S

    def _hear(self, notice: Mapping[str, Any]) -> None:
        identifier, seen, met = notice["struck"], notice["seen"], notice["met"]
        if identifier in self._faults:
            self._faults[identifier] = replace(self._faults[identifier], seen=seen, met=met)
        if self._on_struck is not None:
            self._on_struck(identifier, seen, met)

    async def _launch(self) -> RouterProcess:
        """A process that serves; it listens last, so that no request meets an empty table. Raises RouterError."""
        try:
            process = await RouterProcess.start(self.log_folder, self._limits, self._hear)
        except OSError as error:
            raise RouterError(f"The router cannot be started: {error}.") from error
        try:
            async with asyncio.timeout(_LONGEST_ANSWER_S):
                await process.request("apply", table=self._table.to_json())
                await process.request("inject", faults=[fault.to_json() for fault in self._faults.values()])
                self._port = await process.request("listen", port=self._port)
        except BaseException as error:
            await process.end()
            if isinstance(error, ConnectionError | TimeoutError | ValueError):
                log = self.log_folder / "router.log"
                kind = _Killed if isinstance(error, ConnectionError) else RouterError
                raise kind(f"The router cannot start on port {self._port}: {error}. Its log: {log}") from error
            raise
        self._process = process
        self._up.set()
        return process
