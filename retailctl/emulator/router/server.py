"""The router at work: a listener on 127.0.0.1, and now and then a look at deadlines, idle connections and the log."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from retailctl.emulator.router.access_log import AccessLog
from retailctl.emulator.router.downstream import CallerConnection, Server
from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.router.faults import Faults, Notice
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.mirror import Budget
from retailctl.emulator.router.records import Recorder
from retailctl.emulator.router.routing import Routing
from retailctl.emulator.router.stopwatch import Stopwatch
from retailctl.emulator.router.table import RouteTable

_ROUND_S = 0.25
_BACKLOG = 1024


class Router:
    """One listener and the operations of the control channel, by the names that it uses."""

    def __init__(self, log_folder: Path, limits: Limits, tell: Callable[[Notice], None]) -> None:
        """`tell` sends the owner a notice that it did not ask for."""
        loop = asyncio.get_running_loop()
        self._access_log = AccessLog(log_folder)
        self._recorder = Recorder(self._access_log)
        budget = Budget(limits.mirrored_bytes)
        self._shared = Server(Routing(loop), self._recorder, limits, budget, Stopwatch(loop), Faults(tell))
        self._listener: asyncio.Server | None = None
        self._rounds = loop.create_task(self._go_rounds())

    async def listen(self, port: int) -> int:
        """Accept connections; the port, chosen by the system for 0. Raises OSError for one that is taken."""
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: CallerConnection(self._shared), "127.0.0.1", port, backlog=_BACKLOG
        )
        chosen: int = self._listener.sockets[0].getsockname()[1]
        return chosen

    def apply(self, table: dict[str, Any]) -> None:
        """Swap the table; raises ValueError, KeyError or TypeError for one that is none."""
        wanted = RouteTable.from_json(table)
        self._recorder.write_lines()
        self._shared.routing.apply(wanted)
        self._access_log.keep(wanted.endpoints)

    def inject(self, faults: list[dict[str, Any]]) -> None:
        """Swap the faults; raises ValueError or TypeError for what is none."""
        self._shared.faults.replace([ScoringFault.from_json(fault) for fault in faults])

    def metrics(self, endpoint: str, since: float, until: float) -> list[orjson.Fragment]:
        """Rows of MinuteMetrics."""
        return [orjson.Fragment(row) for row in self._shared.routing.rows(endpoint, since, until)]

    def inflight(self, endpoint: str, slot: str) -> int:
        """Requests of a slot without an answer."""
        return self._shared.routing.inflight(endpoint, slot)

    def inflight_on(self, addresses: list[str]) -> int:
        """Requests without an answer on instances."""
        return self._shared.routing.inflight_on(addresses)

    async def stop(self, grace_s: float) -> None:
        """Accept nothing new, let requests in flight finish for `grace_s`, write the log."""
        if self._listener is not None:
            self._listener.close()
        deadline = time.monotonic() + grace_s
        while self._shared.connections and time.monotonic() < deadline:
            if all([connection.close_if_idle() for connection in list(self._shared.connections)]):
                break
            await asyncio.sleep(0.01)
        self._rounds.cancel()
        for connection in list(self._shared.connections):
            connection.abort()
        await asyncio.sleep(0)  # their ends are recorded in the loop's next turn
        self._recorder.write_lines()
        self._access_log.close()

    async def _go_rounds(self) -> None:
        while True:
            await asyncio.sleep(_ROUND_S)
            now = time.monotonic()
            for connection in [c for c in self._shared.connections if c.deadline < now]:
                connection.expire()
            self._shared.routing.close_idle()
            self._recorder.write_lines()
            self._access_log.flush()
