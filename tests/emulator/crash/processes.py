"""Which processes belong to a server under test, by what they carry: the run's folder in their words or environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import psutil

Role = Literal["router", "slot", "job", "mlflow", "slot-leash", "job-leash", "mlflow-leash", "sweeper"]
_LEASHED: Mapping[str, tuple[Role, Role]] = {
    "/mlflow/": ("mlflow-leash", "mlflow"),
    "/slots/": ("slot-leash", "slot"),
    "/user_logs/": ("job-leash", "job"),
}
"""What a leash and its command are, by the folder of their log."""


def carriers(folder: Path) -> list[psutil.Process]:
    """Every living process that names the folder in its command line, its working folder or its environment."""
    return [process for process in psutil.process_iter() if _carries(process, str(folder))]


def _carries(process: psutil.Process, folder: str) -> bool:
    try:
        if process.pid == psutil.Process().pid or process.status() == psutil.STATUS_ZOMBIE:
            return False
        words = [*process.cmdline(), process.cwd(), *process.environ().values()]
    except (psutil.Error, OSError):  # ended meanwhile, or somebody else's
        return False
    return any(folder in word for word in words)


def family(server: int) -> Iterator[tuple[Role, psutil.Process]]:
    """The processes that a server has started, with what each is for."""
    try:
        children = psutil.Process(server).children()
    except psutil.NoSuchProcess:
        return
    for child in children:
        try:
            words = child.cmdline()
            yield from _roles(child, words)
        except psutil.Error:  # ended meanwhile
            continue


def _roles(child: psutil.Process, words: list[str]) -> Iterator[tuple[Role, psutil.Process]]:
    if "retailctl.emulator.router" in words:
        yield "router", child
    elif any(word.endswith("sweeper.py") for word in words):
        yield "sweeper", child
    elif len(words) > 4 and words[3].endswith("leash.py"):
        leash, role = next(roles for place, roles in _LEASHED.items() if place in words[4])
        yield leash, child
        for command in child.children():
            yield role, command
