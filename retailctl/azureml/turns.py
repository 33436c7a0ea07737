"""Turns among this user's processes: who changes an endpoint does so alone, on this machine.

Azure ML hands out no ETag for endpoints, so two writers who read the same state overwrite each other unseen. Between
machines only the 409 of an update under way protects; within one, this does.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from retailctl.azureml.operations import growing_pauses
from retailctl.domain.deadline import Deadline
from retailctl.errors import WrongState


@contextlib.contextmanager
def one_at_a_time(resource: str, deadline: Deadline, *, text: str) -> Iterator[None]:
    """While open, no other process of this user has the turn for ``resource`` (any text that names it wholly).

    A turn ends with its process, however that ends. Where no lock can be kept (a read-only home), there are no turns.

    Args:
        text: the resource in the user's words.

    Raises:
        WrongState: another process still had the turn when the deadline passed.
    """
    file = _open(resource)
    if file is None:
        yield
        return
    with file:
        pauses = growing_pauses(first_s=0.05, most_s=1.0)
        while not _taken(file):
            if deadline.passed:
                raise WrongState(
                    f"another retailctl on this machine is changing {text}",
                    reason="it did not end in time",
                    hint="retailctl status",
                )
            deadline.clock.sleep(min(next(pauses), deadline.remaining_s))
        yield


def _open(resource: str) -> IO[bytes] | None:
    base = os.environ.get("XDG_CACHE_HOME")
    name = hashlib.sha256(resource.encode()).hexdigest()[:32]
    try:
        folder = (Path(base) if base else Path.home() / ".cache") / "retailctl" / "turns"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (folder / name).open("ab")
    except (OSError, RuntimeError):  # RuntimeError: a user without a home, as a container may run
        return None


def _taken(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
