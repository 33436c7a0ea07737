"""What keeps a server from its state folder, as an error that names the repair."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from retailctl.emulator.store.folder import StateFolder
from retailctl.emulator.store.trouble import why_not


@contextmanager
def told(folder: StateFolder) -> Iterator[None]:
    """Raise CorruptState or UnusableState for errors of the disk and of the state file inside the block."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise why_not(folder.database, error) from error
