"""What takes long to make is made once for all processes of a test run: by the first that asks, while others wait."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder as ``make`` fills it. Each process has a copy, so that nobody meets what others write into theirs."""
    mine = tmp_path_factory.getbasetemp()
    of_all = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    original, copy = of_all / f"{name}-original", mine / name
    with (of_all / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not original.exists():
            make(copy)
            copy.rename(original)
    return Path(shutil.copytree(original, copy))
