"""uvicorn with an orderly end: after SIGTERM readiness goes first, requests are still taken for a moment, and those
in flight finish. A platform needs that moment to take the instance out of its routing."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from serving.logs import LOGGER
from serving.settings import Settings


class DrainingServer(uvicorn.Server):
    """Ends with ``run`` returning, not with the signal being raised again: a drained container exited well."""

    def __init__(self, app: ASGIApp, settings: Settings, on_drain: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                loop="uvloop",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=2048,
                timeout_keep_alive=75,  # longer than the idle connections a router keeps
                timeout_graceful_shutdown=round(settings.shutdown_seconds),
            )
        )
        self._drain_seconds = settings.drain_seconds
        self._on_drain = on_drain
        self._draining = False
        self._event_loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._event_loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler: begins to drain; a second signal ends at once."""
        if self._draining or self._event_loop is None:
            self.should_exit = self.force_exit = True
            return
        self._draining = True
        self._event_loop.call_soon_threadsafe(self._drain, signal.Signals(sig).name)

    def _drain(self, reason: str) -> None:
        LOGGER.info("draining", extra={"fields": {"signal": reason, "seconds": self._drain_seconds}})
        self._on_drain()
        asyncio.get_running_loop().call_later(self._drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True
