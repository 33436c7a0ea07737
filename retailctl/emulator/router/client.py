"""The control plane's end of the router: starts the process, sends the table, reads its figures, restarts it."""

from collections.abc import Collection
from pathlib import Path

from retailctl.emulator.router.metrics import MinuteMetrics
from retailctl.emulator.router.table import RouteTable


class RouterError(Exception):
    """The router cannot be started or does not answer; the message says why (a taken port is named)."""


class RouterClient:
    """Owns one router process; belongs to one event loop.

    A router that dies is started again on the same port with the last table.
    """

    def __init__(self, log_folder: Path, *, port: int = 0, max_body_bytes: int = 64 * 2**20) -> None:
        """`log_folder` receives `<endpoint>.access.jsonl` and `router.log`; port 0 lets the system choose."""
        self.log_folder = log_folder

    @property
    def port(self) -> int:
        """Where callers reach the endpoints, after `start`; keep it and pass it in after a restart of the server."""
        raise NotImplementedError

    async def start(self) -> None:
        """Return once the router accepts connections; raises RouterError."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End the router; requests in flight get a moment to finish."""
        raise NotImplementedError

    async def apply(self, table: RouteTable) -> None:
        """Swap the table as a whole; returns once new requests follow it. Requests in flight keep their instance."""
        raise NotImplementedError

    async def metrics(self, endpoint: str, since: float, until: float) -> list[MinuteMetrics]:
        """Rows of the minutes that begin in [since, until) (epoch seconds), oldest first."""
        raise NotImplementedError

    async def inflight(self, endpoint: str, slot: str) -> int:
        """Requests that the slot has not answered yet, those on removed instances and mirrored copies included."""
        raise NotImplementedError

    async def drained(self, addresses: Collection[str], timeout_s: float) -> bool:
        """Wait until no request is in flight on these instances; False when `timeout_s` passed first."""
        raise NotImplementedError
