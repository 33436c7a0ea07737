"""The installed command as a child process, in a project folder of its own with a local Azure ML of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract import exchanges

COMMAND = Path(sys.executable).with_name("retailctl")
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")
"""Of the environment: an operator's exports must not reach a test."""
QUICK = ("--set", "iterations=20", "--set", "backtest_origins=1")
"""Half the time of a training, for stories that are not about the model."""


@dataclass(frozen=True)
class Ended:
    """A command that ended: what it said and how."""

    arguments: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Standard output, which must be one JSON document."""
        return json.loads(self.stdout)

    def error(self) -> dict[str, Any]:
        """The error object that ``-o json`` leaves as the last line of standard error."""
        document: dict[str, Any] = json.loads(self.stderr.strip().splitlines()[-1])
        return document


@dataclass
class Shell:
    """A project folder and the environment of its commands."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """The local Azure ML's state folder."""
        return Path(self.environ["RETAILCTL_STATE"])

    def start(self, *arguments: str, **rest: Any) -> subprocess.Popen[str]:
        """The command, started; the caller waits for it."""
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=rest.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **rest,
        )

    def run(self, *arguments: str, code: int | None = 0, text: str | None = None, timeout: float = 240) -> Ended:
        """Run the command to its end; ``code`` is the exit code that is expected (None: any)."""
        process = self.start(*arguments, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL)
        stdout, stderr = process.communicate(text, timeout=timeout)
        ended = Ended(arguments, process.returncode, stdout, stderr)
        shown = f"retailctl {' '.join(arguments)}\nexit {ended.code}\n{stdout}\n{stderr}"
        assert code is None or ended.code == code, shown
        assert "Traceback (most recent call last)" not in stderr, shown
        return ended

    def json(self, *arguments: str, **rest: Any) -> Any:
        """Run the command with ``-o json`` and read its result."""
        return self.run(*arguments, "-o", "json", **rest).json()

    def server_pid(self) -> int:
        """The process of the local Azure ML."""
        return int(json.loads((self.state / "connection.json").read_text())["pid"])

    def kill_server(self) -> None:
        """What a power cut does to it."""
        os.kill(self.server_pid(), signal.SIGKILL)


def make_shell(folder: Path) -> Shell:
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    state = {
        "RETAILCTL_STATE": str(folder / "state"),
        "RETAILCTL_RUNNER": "process",
        "COLUMNS": "120",
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
    }
    return Shell(folder, {**kept, **state, **exchanges.environment()})


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, watch: object) -> Iterator[Shell]:
    """A project folder for the stories of one module."""
    folder = tmp_path_factory.mktemp("project")
    shell = make_shell(folder)
    yield shell
    shell.run("local", "stop", code=None)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def sample(shell: Shell) -> Path:
    """A small panel: enough to train on in a few seconds."""
    folder = shell.folder / "data"
    shell.run("data", "sample", "--out", str(folder), "--stores", "2", "--items", "6", "--days", "400")
    return folder
