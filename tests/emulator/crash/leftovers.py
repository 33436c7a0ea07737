"""What must be true of the state folder once the server has ended: private, whole, and nothing left in it."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path


def damages(state: Path) -> Iterator[str]:
    """Databases that are not whole."""
    for path in (state / "state.sqlite", state / "mlflow" / "mlflow.db"):
        if path.exists():
            with closing(sqlite3.connect(path)) as connection:
                for (finding,) in connection.execute("PRAGMA integrity_check"):
                    if finding != "ok":
                        yield f"{path.name}: {finding}"


def exposures(state: Path) -> Iterator[str]:
    """Files and folders that others could read."""
    for path in [state, *state.rglob("*")]:
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path.relative_to(state)} has mode {stat.S_IMODE(path.stat().st_mode):o}"


def leftovers(state: Path, endpoints: Collection[str]) -> Iterator[str]:
    """Files that belong to nothing any more, after an orderly stop."""
    for pattern in ("jobs/*", "blobs/.staging/*", ".connection*", "connection.json", "tls/.*", "*-journal"):
        for path in state.glob(pattern):
            if not (path.is_dir() and path.parent.name == ".staging" and not path.suffix):  # blocks wait there
                yield str(path.relative_to(state))
    for folder in state.glob("slots/*/"):
        if folder.name not in endpoints:
            yield str(folder.relative_to(state))
