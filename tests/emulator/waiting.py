"""Waiting for a condition instead of for a time."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

LONGEST_S = 20.0


async def until(condition: Callable[[], object], what: str) -> None:
    """Poll until the condition holds; fails the test naming what did not happen."""
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {LONGEST_S:g} s in vain: {what}"
        await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
