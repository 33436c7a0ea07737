"""Takes new connections from the listening socket, many a turn of the event loop.

libuv accepts one a turn. As a turn forecasts a whole batch, the last of many clients that come at once, beside busy
ones, would wait for as many batches as there are clients before it.

Workers share one socket, and the first to wake could take all that comes. One that has more connections than another
leaves new ones to it for a moment, but no longer: the other may be in the middle of a batch.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from serving.logs import LOGGER

MOST_A_TURN = 64
"""Connections taken in a turn: some milliseconds."""
DEFERENCE_SECONDS = 0.005
MOST_AFTER_DEFERENCE = 1
PAUSE_SECONDS = 1.0
"""How long no connection is taken once the process has no room for one; they wait in the kernel."""


class Acceptor:
    """Gives each connection of ``listener`` a protocol, from ``start`` to ``stop``; all on the event loop's thread."""

    def __init__(
        self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol], ahead: Callable[[int], bool]
    ) -> None:
        """``ahead``: whether another worker has fewer connections, given how many of ours are still to be counted."""
        self._listener = listener
        self._protocol = protocol
        self._ahead = ahead
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._pause = None
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._incoming)

    async def stop(self) -> None:
        """Takes no more but those that the kernel has already accepted for it; they have their protocol at the end."""
        if self._pause is not None:
            self._pause.cancel()
            self.start()
        while self._accept():
            pass
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()
        await asyncio.gather(*self._opening)

    def _incoming(self) -> None:
        if self._ahead(len(self._opening)):
            self._rest(DEFERENCE_SECONDS, self._after_deference)
            return
        for _ in range(MOST_A_TURN):
            if not self._accept() or self._ahead(len(self._opening)):
                return

    def _after_deference(self) -> None:
        self.start()
        for _ in range(MOST_AFTER_DEFERENCE):
            if not self._accept():
                return

    def _accept(self) -> bool:
        """Takes one; False when there is none, or no room for one."""
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:  # mostly for want of descriptors: who asks again at once does nothing else
            fields = {"error": str(error), "again_in_seconds": PAUSE_SECONDS}
            LOGGER.error("connections cannot be accepted", extra={"fields": fields})
            self._rest(PAUSE_SECONDS, self.start)
            return False
        connection.setblocking(False)
        opening = self._loop.create_task(self._open(connection))
        self._opening.add(opening)  # the loop itself holds tasks weakly
        opening.add_done_callback(self._opening.discard)
        return True

    async def _open(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:  # its client has gone
            connection.close()

    def _rest(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, then)
