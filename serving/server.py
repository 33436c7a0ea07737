"""uvicorn with an orderly end: after SIGTERM readiness goes first, requests are still taken for a moment, and those
in flight finish. A platform needs that moment to take the instance out of its routing."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from serving.accepting import Acceptor
from serving.logs import LOGGER
from serving.metrics import Metrics
from serving.protocol import BoundedProtocol
from serving.refusals import Rules
from serving.settings import Settings

BACKLOG = 2048
OTHER_FILES = 256
"""Open files beside the connections that are counted: the model's, the log, probes' connections."""


class DrainingServer(uvicorn.Server):
    """Ends with ``run`` returning, not with the signal being raised again: a drained container exited well."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, on_drain: Callable[[], None]) -> None:
        self._rules = Rules(settings, refused=partial(_count, metrics), connected=metrics.connections)
        super().__init__(
            uvicorn.Config(
                app,
                http=partial(BoundedProtocol, rules=self._rules),  # type: ignore[arg-type]
                loop="uvloop",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=75,  # longer than the idle connections a router keeps
                timeout_graceful_shutdown=round(settings.shutdown_seconds),
            )
        )
        self._drain_seconds = settings.drain_seconds
        self._metrics = metrics
        self._acceptors: list[Acceptor] = []
        self._on_drain = on_drain
        self._event_loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._event_loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's own, which is given no socket to listen on, and then our way to listen."""
        await super().startup(sockets=[])
        self._acceptors = [Acceptor(each, self._connection, self._ahead) for each in sockets or []]
        for acceptor in self._acceptors:
            acceptor.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for acceptor in self._acceptors:
            await acceptor.stop()
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        return BoundedProtocol(self.config, self.server_state, self.lifespan.state, rules=self._rules)

    def _ahead(self, opening: int) -> bool:
        return len(self.server_state.connections) + opening > self._metrics.fewest_connections_elsewhere()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler: begins to drain; a second signal ends at once."""
        if self._rules.draining or self._event_loop is None:
            self.should_exit = self.force_exit = True
            return
        self._rules.draining = True
        self._event_loop.call_soon_threadsafe(self._drain, signal.Signals(sig).name)

    def _drain(self, reason: str) -> None:
        LOGGER.info("draining", extra={"fields": {"signal": reason, "seconds": self._drain_seconds}})
        self._on_drain()
        asyncio.get_running_loop().call_later(self._drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def listen(host: str, port: int, send_seconds: float) -> socket.socket:
    """A listening socket. Raises OSError or OverflowError.

    The kernel ends its connections when what was sent has not been taken for ``send_seconds``: a client that never
    reads its answer does not hold it for ever.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux, where accepted sockets inherit it
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(send_seconds * 1000))
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def allow_connections(most: int) -> None:
    """Raises the process's soft limit on open files, often 1024, as far as so many connections need and may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        highest = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))


def _count(metrics: Metrics, code: str, status: int) -> None:
    """A refusal that the application never saw."""
    if code == "overloaded":
        metrics.shed("connections")
    metrics.began()
    metrics.finished("", status, 0.0)
