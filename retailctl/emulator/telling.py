"""What keeps a server from its state folder, as an error that names the repair."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from retailctl.emulator.errors import CorruptState, EmulatorError, UnusableState
from retailctl.emulator.store.folder import StateFolder
from retailctl.emulator.store.trouble import CORRUPT, FULL, trouble_of


@contextmanager
def told(folder: StateFolder) -> Iterator[None]:
    """Raise CorruptState or UnusableState for errors of the disk and of the state file inside the block."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise _meaning(folder, error) from error


def _meaning(folder: StateFolder, error: Exception) -> EmulatorError:
    trouble = trouble_of(error)
    if trouble is CORRUPT:
        return CorruptState(f"The state file {folder.database} cannot be read: {error}.")
    if trouble is FULL:
        return UnusableState(f"There is no room left on the disk that holds the state folder {folder.root}.")
    return UnusableState(f"Cannot write the state folder {folder.root}: {error}.")
