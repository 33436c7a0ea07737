"""Instances as processes: the runner table's command on a free port, which stands for all of the container's ports."""

import sys
from pathlib import Path

from retailctl.emulator.runners.launching import Target
from retailctl.emulator.runners.logs import said_since, size_of
from retailctl.emulator.runners.ports import listens, lost_race, return_port, take_port
from retailctl.emulator.runners.process import RunningProcess, start
from retailctl.emulator.runners.spec import MAX_LOG_BYTES, SlotSpec
from retailctl.emulator.runners.table import RunnerEntry

_SILENCE = "the connection was closed without an answer"


class LaunchedProcess:
    """One process of a slot, on a port of its own."""

    def __init__(self, running: RunningProcess, port: int, spec: SlotSpec, log_before: int) -> None:
        self.running = running
        self.address = f"127.0.0.1:{port}"
        self.liveness = Target(port, spec.liveness.path, _SILENCE)
        self.readiness = Target(port, spec.readiness.path, _SILENCE)
        self._port = port
        self._owns_port = False
        self._log_before = log_before

    def stranger(self) -> str | None:
        """Looked at once per process: an answer may come from a program that was faster on this port."""
        self._owns_port = self._owns_port or listens(self.running.root_pid, self._port)
        return None if self._owns_port else f"another program answers on port {self._port}"

    def release(self) -> bool:
        """The port is free again; whether the program says that it never had it."""
        return_port(self._port)
        return not self._owns_port and lost_race(said_since(self.running.log_file, self._log_before))


class ProcessLauncher:
    """Starts the command of a row of the runner table."""

    def __init__(self, spec: SlotSpec, entry: RunnerEntry) -> None:
        self._spec = spec
        self._entry = entry
        # The image's variables, then the deployment's, then the platform's own, which nothing overrides.
        platform = {"AZUREML_MODEL_DIR": str(spec.model_dir)} if spec.model_dir else {}
        self._environment = {**entry.environment, **spec.environment, **platform}

    async def launch(self, log_file: Path, number: int) -> LaunchedProcess:
        """A process on a port that is free now. Raises StartFailed."""
        port, log_before = take_port(), size_of(log_file)
        words = [
            word.replace("{python}", sys.executable).replace("{port}", str(port)) for word in self._entry.command or ()
        ]
        try:
            running = await start(
                words,
                cwd=self._entry.folder,
                environment={**self._environment, "PORT": str(port)},
                log_file=log_file,
                max_log_bytes=MAX_LOG_BYTES,
            )
        except BaseException:
            return_port(port)
            raise
        return LaunchedProcess(running, port, self._spec, log_before)
