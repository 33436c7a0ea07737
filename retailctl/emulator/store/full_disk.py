"""Recognises a full disk, whoever ran into it."""

from __future__ import annotations

import errno
import sqlite3

MESSAGE = (
    "There is no room left on the disk that holds the local state. Nothing was changed by this request."
    " Free some space, for instance with `retailctl cleanup`, and try again."
)


def is_full(error: BaseException) -> bool:
    """True when the error says that there is no room left."""
    if isinstance(error, sqlite3.OperationalError):
        return "disk is full" in str(error)
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
