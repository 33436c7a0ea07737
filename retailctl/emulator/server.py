"""One server on one state folder: takes the lock, opens the state, binds a port, serves until told to stop."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from retailctl import __version__
from retailctl.emulator import connection as connections
from retailctl.emulator.app.build import create_app
from retailctl.emulator.app.exchange import Observer
from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import PortTaken
from retailctl.emulator.leftover_processes import end_what_is_left, note_end
from retailctl.emulator.listener import Listener
from retailctl.emulator.protocol import Protocol
from retailctl.emulator.runners.containers.owner import Owner
from retailctl.emulator.runners.marks import MARKS
from retailctl.emulator.runners.program import RunnerMode
from retailctl.emulator.runners.table import RunnerTable
from retailctl.emulator.services.chaos import Chaos
from retailctl.emulator.services.context import LOCAL_SCOPE, Context
from retailctl.emulator.services.pace import Pace, PaceName
from retailctl.emulator.services.programs import Programs
from retailctl.emulator.services.services import Services
from retailctl.emulator.services.storage import STORAGE_ENDPOINT
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.folder import StateFolder, StateLock
from retailctl.emulator.store.settings import SettingStore
from retailctl.emulator.telling import told
from retailctl.emulator.tls import ensure_certificate

_HOST = "127.0.0.1"
_PORT = "port"
_GRACEFUL_SHUTDOWN_S = 3
# Longer than clients pause between polls: a new connection costs a TLS handshake.
_KEEP_ALIVE_S = 75
# Whoever asks whether a server runs holds the lock for a moment.
_LOCK_PATIENCE_S = 0.5
_COMING_BACK_S = 15.0
"""A slot that does not get ready again must not keep the server from being used."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server is to run; port 0 keeps the last one while it is free."""

    state: Path
    port: int = 0
    runners: RunnerTable = field(default_factory=RunnerTable)
    pace: PaceName | None = None
    """None for the one that the state folder keeps."""
    observer: Observer | None = None
    runner: RunnerMode = "auto"
    chaos: Chaos | None = None
    loose: bool = False


class Server:
    """Serves one state folder, once. `connection` says how to reach it, as soon as it is made."""

    def __init__(self, options: ServerOptions) -> None:
        """Lock, open, bind. Raises EmulatorError, with nothing left held."""
        self._options = options
        self._folder = StateFolder(options.state.resolve())
        self._folder.prepare()
        self._lock = StateLock(self._folder)
        self._lock.acquire(_LOCK_PATIENCE_S)
        self._server: uvicorn.Server | None = None
        try:
            with told(self._folder):
                self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        self._folder.require_whole()
        self._database = Database(self._folder.database)
        end_what_is_left(SettingStore(self._database))
        self._certificate = ensure_certificate(self._folder.tls)
        self._socket = _bind(SettingStore(self._database), self._options.port)
        self._services = self._make_services()
        self.connection = self._describe()

    def _make_services(self) -> Services:
        context = Context(
            scope=LOCAL_SCOPE,
            folder=self._folder,
            database=self._database,
            programs=Programs(
                self._options.runners, self._options.runner, Owner(self._folder.root, self._folder.containers)
            ),
            pace=Pace(SettingStore(self._database), self._options.pace),
            url=f"https://{_HOST}:{self._socket.getsockname()[1]}",
            loose=self._options.loose,
        )
        context.faults.unleash(self._options.chaos)
        return Services(context)

    def _describe(self) -> Connection:
        context, identity = self._services.context, self._services.identity
        return {
            "url": context.url,
            "ca_bundle": str(self._certificate.bundle),
            "ca_certificate": str(self._certificate.authority),
            "token": identity.token,
            "subscription_id": context.scope.subscription_id,
            "resource_group": context.scope.resource_group,
            "workspace_name": context.scope.workspace,
            "location": context.scope.location,
            "tenant_id": identity.tenant_id,
            "client_id": identity.client_id,
            "client_secret": identity.client_secret,
            "cloud_metadata": connections.cloud_metadata(context.url, STORAGE_ENDPOINT),
            "runner": self._options.runner,
            "runner_in_use": context.programs.describe()["words"],
            "pid": os.getpid(),
            "version": __version__,
        }

    async def serve(self, on_ready: Callable[[Connection], None] | None = None) -> None:
        """Serve until `stop` or a signal; `on_ready` is called once requests are answered and old slots serve.

        Raises EmulatorError when it cannot begin.
        """
        MARKS.begin()
        with told(self._folder):
            try:
                await self._serve(on_ready)
            finally:
                MARKS.end()
                self._socket.close()
                self._database.close()
                self._lock.release()

    async def _serve(self, on_ready: Callable[[Connection], None] | None) -> None:
        programs = self._services.context.programs
        await programs.open()
        self.connection["runner_in_use"] = programs.describe()["words"]
        self._server = _Uvicorn(self._config(), lambda: self._ready(on_ready))
        try:
            self._services.start()
            await self._server.serve(sockets=[self._socket])
        finally:
            connections.remove(self._folder)
            await self._services.stop()
            note_end(SettingStore(self._database))

    def stop(self) -> None:
        """Ask the server to end. May be called from another thread."""
        if self._server is not None:
            self._server.should_exit = True

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            create_app(self._services, self._options.observer),
            loop="asyncio",  # child processes need no more, and uvloop's own watcher wants the main thread
            http=Protocol.behind(self._socket),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody stands before this server: a caller would only lie about its address
            ssl_certfile=self._certificate.certificate,
            ssl_keyfile=self._certificate.key,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACEFUL_SHUTDOWN_S,
        )

    async def _ready(self, on_ready: Callable[[Connection], None] | None) -> None:
        connections.write(self._folder, self.connection)
        await self._services.come_back(_COMING_BACK_S)
        if on_ready is not None:
            on_ready(self.connection)


class _Uvicorn(uvicorn.Server):
    """Tells when it answers, and does not wait for idle clients when it ends."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is None or cycle.response_complete:
                connection.transport.abort()  # a TLS goodbye would wait until the client reads it
        await super().shutdown(sockets)


def _bind(settings: SettingStore, port: int) -> Listener:
    """A bound socket: the port asked for, or else the last one, or else any. Raises PortTaken."""
    last = int(settings.get(_PORT) or 0)
    for candidate in [port] if port else [last, 0]:
        bound = Listener(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((_HOST, candidate))
        except OSError as error:
            bound.close()
            if port:
                raise _refused(port, error) from error
            continue
        settings.set(_PORT, str(bound.getsockname()[1]))
        return bound
    raise PortTaken("The system has no free port on 127.0.0.1.")


def _refused(port: int, error: OSError) -> PortTaken:
    reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return PortTaken(f"Port {port} of 127.0.0.1 {reason}.")


def run(options: ServerOptions, on_ready: Callable[[Connection], None] | None = None) -> None:
    """Serve in this thread until a signal ends it. Raises EmulatorError."""
    asyncio.run(Server(options).serve(on_ready))
