"""One instance of a slot as the router sees it: its address, its kept-alive connections, its unanswered requests."""

import asyncio
import time

from retailctl.emulator.router.upstream import Caller, UpstreamConnection

# Servers close idle connections after as little as five seconds (uvicorn's default); ours go first, which leaves few
# requests to meet a connection that is just being closed.
_IDLE_S = 4.0
_MOST_IDLE = 64


class Backend:
    """One instance's address, its idle connections, and how many requests it has not answered."""

    __slots__ = ("_connecting", "_idle", "_loop", "address", "host", "inflight", "port", "retired")

    def __init__(self, address: str, loop: asyncio.AbstractEventLoop) -> None:
        self.address = address
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        self.inflight = 0
        self.retired = False
        self._loop = loop
        self._idle: list[UpstreamConnection] = []
        self._connecting: set[asyncio.Task[None]] = set()

    def reuse(self, caller: Caller) -> UpstreamConnection | None:
        """An idle connection, now the caller's; None when there is none that can be trusted."""
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.idle_since < _IDLE_S:
                connection.caller = caller
                connection.reused = True
                return connection
            connection.abort()
        return None

    def connect(self, caller: Caller) -> None:
        """Open a connection; the caller hears of it by `connected` or `lost`."""
        task = self._loop.create_task(self._connect(caller))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, caller: Caller) -> None:
        def connection() -> UpstreamConnection:
            return UpstreamConnection(self)

        try:
            _, made = await self._loop.create_connection(connection, self.host, self.port)
        except OSError:
            caller.lost(None, bad_answer=False)
            return
        made.caller = caller
        caller.connected(made)

    def take_back(self, connection: UpstreamConnection) -> None:
        """Keep an idle connection for the next request."""
        if self.retired or len(self._idle) >= _MOST_IDLE:
            connection.abort()
            return
        connection.caller = None
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    def forget(self, connection: UpstreamConnection) -> None:
        """The container has closed an idle connection."""
        if connection in self._idle:
            self._idle.remove(connection)

    def retire(self) -> None:
        """No new requests; those in flight finish."""
        self.retired = True
        self.close_idle(longest_s=0.0)

    def close_idle(self, longest_s: float = _IDLE_S) -> None:
        """Close what has been idle for too long."""
        limit = time.monotonic() - longest_s
        stale = [connection for connection in self._idle if connection.idle_since <= limit]
        self._idle = [connection for connection in self._idle if connection.idle_since > limit]
        for connection in stale:
            connection.abort()
