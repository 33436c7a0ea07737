"""The local Azure ML as a library: a server in a thread, for as long as a `with` block lasts.

with LocalWorkspace() as workspace:
    client = connect(workspace.url, workspace.token, workspace.ca_bundle)
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from retailctl.emulator.app.exchange import Observer
from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import InvalidRunners, StartFailed
from retailctl.emulator.fault_control import FaultControl
from retailctl.emulator.runners.program import RunnerMode
from retailctl.emulator.runners.table import RunnerTable, RunnerTableError
from retailctl.emulator.sdk import LocalCredential, ml_client
from retailctl.emulator.server import Server, ServerOptions
from retailctl.emulator.services.chaos import Chaos
from retailctl.emulator.services.pace import PaceName

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 60.0


def runner_table(runners: Path | dict[str, Any] | None) -> RunnerTable:
    """The table in a file or a document; none stands for no image. Raises InvalidRunners."""
    if runners is None:
        return RunnerTable()
    try:
        return RunnerTable.load(runners) if isinstance(runners, Path) else RunnerTable.parse(runners)
    except RunnerTableError as error:
        raise InvalidRunners(str(error)) from error


class LocalWorkspace:
    """A running workspace. Without a state folder it has one of its own, which is gone at the end."""

    def __init__(
        self,
        state: Path | None = None,
        runners: Path | dict[str, Any] | None = None,
        pace: PaceName | None = None,
        *,
        port: int = 0,
        observer: Observer | None = None,
        runner: RunnerMode = "process",
        chaos: Chaos | None = None,
        faults: Sequence[Mapping[str, Any]] = (),
        loose: bool = False,
    ) -> None:
        """A workspace that is not running yet.

        `pace` is the one that the state keeps unless said, at first `immediate`; `observer` is called, in the server's
        thread, with every exchange of the management API; `chaos` is chaos mode from the first request on, `faults` are
        in force from then on, each with the fields that `/_local/faults` takes; `loose` answers api-versions that are
        not known here, with a warning, instead of refusing them. `runner` is `process` unless said: a test's result
        must not hang on which images a machine's engine holds.
        """
        self._temporary = None if state else tempfile.TemporaryDirectory(prefix="retailctl-")
        self.state = state or Path(self._temporary.name if self._temporary else "")
        self._options = ServerOptions(self.state, port, runner_table(runners), pace, observer, runner, chaos, loose)
        self._faults = faults
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    @property
    def connection(self) -> Connection:
        """Everything a client needs. Raises StartFailed outside the `with` block."""
        if self._server is None:
            raise StartFailed("The workspace is not running.")
        return self._server.connection

    @property
    def url(self) -> str:
        """Where the workspace answers."""
        return self.connection["url"]

    @property
    def ca_bundle(self) -> Path:
        """Certificate bundle to verify it with."""
        return Path(self.connection["ca_bundle"])

    @property
    def token(self) -> str:
        """Bearer token for every route."""
        return self.connection["token"]

    @property
    def subscription_id(self) -> str:
        """Subscription that the workspace is in."""
        return self.connection["subscription_id"]

    @property
    def resource_group(self) -> str:
        """Resource group that the workspace is in."""
        return self.connection["resource_group"]

    @property
    def workspace_name(self) -> str:
        """The workspace's name."""
        return self.connection["workspace_name"]

    @property
    def credential(self) -> LocalCredential:
        """A login for any Azure client."""
        return LocalCredential(self.token)

    @property
    def faults(self) -> FaultControl:
        """The faults in force: `add`, `list`, `clear`."""
        return FaultControl(self.connection)

    def ml_client(self, credential: object | None = None) -> AbstractContextManager[Any]:
        """The official SDK's client for the length of a `with` block, with this login or another.

        Meanwhile REQUESTS_CA_BUNDLE is this server's, in the whole process. Raises ImportError without azure-ai-ml.
        """
        return ml_client(self.connection, credential or self.credential)

    def __enter__(self) -> Self:
        """Start. Raises EmulatorError, or ValueError for a fault without meaning, with nothing left behind."""
        try:
            self._server = Server(self._options)
            self._thread = threading.Thread(target=self._run, args=[self._server], name="local-azure-ml", daemon=True)
            self._thread.start()
            if not self._ready.wait(_START_TIMEOUT_S) or self._failure is not None:
                raise StartFailed("The local Azure ML did not start.") from self._failure
            for fault in self._faults:
                self.faults.add(**fault)
        except BaseException:
            self._end()
            raise
        return self

    def _run(self, server: Server) -> None:
        try:
            asyncio.run(server.serve(lambda _: self._ready.set()))
        except BaseException as error:  # told by the thread that waits
            self._failure = error
            self._ready.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and remove the state if it was temporary."""
        self._end()

    def _end(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(_STOP_TIMEOUT_S)
        self._server, self._thread = None, None
        self._ready.clear()
        if self._temporary is not None:
            self._temporary.cleanup()
