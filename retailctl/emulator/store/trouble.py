"""Recognises what is wrong with the disk or with the state file, whoever ran into it, and says what repairs it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.errors import CorruptState, UnusableState


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that no request can help: HTTP status, error code, and a message that names the repair."""

    status: int
    code: str
    message: str


FULL = Trouble(
    507,
    "InsufficientStorage",
    "There is no room left on the disk that holds the local state. Nothing was changed by this request."
    " Free some space, for instance with `retailctl cleanup`, and try again.",
)
UNWRITABLE = Trouble(
    507,
    "StateNotWritable",
    "The disk that holds the local state does not take what is written: a quota, a limit of a file's size, or a disk"
    " that fails. Nothing was changed by this request. Correct that and try again, or choose another folder with"
    " RETAILCTL_STATE and `retailctl local start`.",
)
CORRUPT = Trouble(
    500,
    "StateCorrupt",
    "The local state file cannot be read any more."
    " `retailctl local stop` and `retailctl local reset` delete the state, so that the next start begins afresh;"
    " `retailctl local logs` has the details.",
)

_FULL_NUMBERS = {errno.ENOSPC, errno.EDQUOT}
_UNWRITABLE_NUMBERS = {errno.EFBIG, errno.EIO, errno.EROFS}
_UNWRITABLE_CODES = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_PRIMARY = 0xFF  # extended result codes carry the primary one in their lowest byte


def trouble_of(error: BaseException) -> Trouble | None:
    """What an error means for the state; None for an error that is about something else."""
    if isinstance(error, UnusableState) and error.__cause__ is not None:
        return trouble_of(error.__cause__)
    if isinstance(error, sqlite3.Error):
        return _of_database(error)
    if isinstance(error, OSError) and error.errno in _FULL_NUMBERS:
        return FULL
    return UNWRITABLE if isinstance(error, OSError) and error.errno in _UNWRITABLE_NUMBERS else None


def refusal(error: Exception, unexpected: str) -> ArmError:
    """The ARM error that stands for an exception; `unexpected` is the message for one that nobody expected."""
    if isinstance(error, ArmError):
        return error
    if trouble := trouble_of(error):
        return ArmError(trouble.status, trouble.code, trouble.message)
    return ArmError(500, "InternalServerError", unexpected)


def is_passing(error: BaseException) -> bool:
    """Whether the same write may succeed later, when somebody has made room."""
    return trouble_of(error) in {FULL, UNWRITABLE}


def why_not(database: Path, error: OSError | sqlite3.Error) -> CorruptState | UnusableState:
    """Why a server cannot serve the folder of a state file: an error that names the repair."""
    trouble = trouble_of(error)
    if trouble is CORRUPT:
        return CorruptState(f"The state file {database} cannot be read: {error}.")
    if trouble is FULL or shutil.disk_usage(database.parent).free == 0:  # SQLite may call it an I/O error
        return UnusableState(f"There is no room left on the disk that holds the state folder {database.parent}.")
    file = "" if isinstance(error, OSError) else f" with {database.name} in it"
    return UnusableState(f"Cannot use the state folder {database.parent}{file}: {error}.")


def _of_database(error: sqlite3.Error) -> Trouble | None:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return FULL
    if code in _UNWRITABLE_CODES:
        return UNWRITABLE
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    return CORRUPT if damaged else None
