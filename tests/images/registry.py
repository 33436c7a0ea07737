"""A registry of the distribution project on a free port, which wants a password; stopped and removed at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection, create_server

from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline, poll

USER, PASSWORD = "builder", "forecast-42"
# bcrypt of the password, the only form that the registry reads.
HTPASSWD = "builder:$2y$05$abcdefghijklmnopqrstuuTogNaVu/8beTP9gWY.mNVIWJ5A1UPty\n"
PROGRAM = "docker-registry"

_CONFIG = """
version: 0.1
log: {{ level: error, accesslog: {{ disabled: true }} }}
storage:
  filesystem: {{ rootdirectory: {folder}/data }}
  delete: {{ enabled: true }}
http: {{ addr: "127.0.0.1:{port}", secret: "{secret}" }}
auth:
  htpasswd: {{ realm: tests, path: {folder}/htpasswd }}
"""


def installed() -> bool:
    """Whether there is a registry to start."""
    return shutil.which(PROGRAM) is not None


def free_port() -> int:
    """A port that nobody listens at."""
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """Its host, ``127.0.0.1:PORT``."""
    port = free_port()
    (folder / "htpasswd").write_text(HTPASSWD)
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(folder=folder, port=port, secret=secrets.token_hex(8)))
    with (folder / "log").open("wb") as log:
        quiet = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
        process = subprocess.Popen([PROGRAM, "serve", str(config)], stdout=log, stderr=log, env=quiet)
    try:
        clock = SystemClock()
        poll(
            lambda: listens(port) or None,
            Deadline.after(clock, 20),
            interval_s=0.02,
            waiting_for="the registry",
            look=str(folder / "log"),
        )
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with suppress(OSError), create_connection(("127.0.0.1", port), 1):
        return True
    return False
