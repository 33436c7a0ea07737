"""The state folder: its layout, its permissions and the lock that keeps a second server out.

    <state>/lock              held by the running server
            state.sqlite      documents, operations, tokens, settings (and -wal, -shm beside it)
            tls/              certificate, key, authority, bundle
            blobs/<container> files of the storage account, named as the blobs are
            jobs/<job>        code and working folder of a job while it runs
            slots/<endpoint>/<deployment>   model folder and container logs
            mlflow/           tracking database and artifacts
            connection.json   how to reach the running server
            containers        there while containers of this folder may be in the Docker engine
            server.log        what the background server said

The folder is 0700 and what is secret in it 0600.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retailctl.emulator.errors import AlreadyRunning, CorruptState, UnusableState

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
_RETRY_S = 0.02
_SMALLEST_DATABASE = 512  # bytes; SQLite takes a shorter file for an empty one and begins anew


def make_private(folder: Path) -> Path:
    """The folder, made if need be with its parents, readable by its owner alone.

    Raises UnusableState when that cannot be done.
    """
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise UnusableState(f"Cannot use the folder {folder}: {error.strerror or error}.") from error
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once by one that only its owner can read; it is on disk when this returns.

    Whoever holds the lock is the only one to write, so that what a kill leaves is written over by the next.
    """
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths below one state folder."""

    root: Path

    @property
    def lock_file(self) -> Path:
        """Held with flock by the running server."""
        return self.root / "lock"

    @property
    def database(self) -> Path:
        """SQLite file."""
        return self.root / "state.sqlite"

    @property
    def tls(self) -> Path:
        """Folder of certificate and key."""
        return self.root / "tls"

    @property
    def blobs(self) -> Path:
        """Folder of containers."""
        return self.root / "blobs"

    @property
    def jobs(self) -> Path:
        """Folder of running jobs."""
        return self.root / "jobs"

    @property
    def slots(self) -> Path:
        """Folder of deployments."""
        return self.root / "slots"

    @property
    def mlflow(self) -> Path:
        """Folder of experiment tracking."""
        return self.root / "mlflow"

    @property
    def connection(self) -> Path:
        """How to reach the running server."""
        return self.root / "connection.json"

    @property
    def containers(self) -> Path:
        """There from the first container until a server ends in order, or what it left is removed."""
        return self.root / "containers"

    @property
    def log(self) -> Path:
        """Log of the background server."""
        return self.root / "server.log"

    def prepare(self) -> None:
        """Make the folder and those in it. Raises UnusableState."""
        for folder in (self.root, self.tls, self.blobs, self.jobs, self.slots, self.mlflow):
            make_private(folder)

    def require_whole(self) -> None:
        """Raise CorruptState for a state file that is gone or empty where there are blobs: they come after it."""
        used = any(path.is_dir() and not path.name.startswith(".") for path in self.blobs.iterdir())
        if used and not (self.database.exists() and self.database.stat().st_size >= _SMALLEST_DATABASE):
            raise CorruptState(f"The state file {self.database} is empty or gone, while the blobs beside it are there.")

    def clear(self) -> None:
        """Remove everything below the folder except the lock, whose holder is the one that clears."""
        for path in self.root.iterdir():
            if path == self.lock_file:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


class StateLock:
    """The right to serve one state folder; the kernel gives it back when the process ends, however it ends."""

    def __init__(self, folder: StateFolder) -> None:
        self._path = folder.lock_file
        self._descriptor: int | None = None

    def acquire(self, patience_s: float = 0.0) -> None:
        """Take the lock, and say in its file who has it.

        Raises AlreadyRunning when another process still holds it after `patience_s`, UnusableState when there can be
        no such file.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise UnusableState(f"Cannot lock the state folder {self._path.parent}: {error}.") from error
        deadline = time.monotonic() + patience_s
        while not _locked(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise AlreadyRunning(f"Another server holds the state folder {self._path.parent}{self._who()}.")
            time.sleep(_RETRY_S)
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        with suppress(OSError):  # a full disk: the lock holds all the same
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def holder(self) -> int | None:
        """The process that said last that it has the lock; None where nothing can be read."""
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return None

    def _who(self) -> str:
        holder = self.holder()
        return f": process {holder}" if holder else ""

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
