"""How much memory is left, and an error with figures before data that does not fit is read.

Without it the kernel ends the job after a minute of work, and all that the user sees is "Killed".
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data.errors import NotEnoughMemory

GB = 1e9


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that can still be taken, and where, in words."""

    left: int
    where: str


def room(root: Path = Path("/")) -> Room | None:
    """The tightest of the machine's memory, the control groups' (containers) and the process's own limit.

    ``root`` is where /proc and /sys are found. None where the system does not tell.
    """
    bounds = [*_of_machine(root), *_of_groups(root), *_of_address_space(root)]
    return min(bounds, key=lambda bound: bound.left, default=None)


def require(needed: int, what: str) -> None:
    """Raises NotEnoughMemory when ``needed`` bytes are not left; ``what`` takes them: '3 rows in 1 file take'."""
    have = room()
    if have is not None and needed > have.left:
        raise NotEnoughMemory(
            f"{what} {needed / GB:.2f} GB of memory, but {max(have.left, 0) / GB:.2f} GB is left {have.where}; "
            "use a machine with more memory, raise that limit, or leave out stores (files) or old days"
        )


def _of_machine(root: Path) -> Iterator[Room]:
    for line in _lines(root / "proc/meminfo"):
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            yield Room(int(amount.split()[0]) * 1024, "on this machine")


def _of_groups(root: Path) -> Iterator[Room]:
    """Version 1 and 2 of Linux's control groups; a process also stays under the limits of the groups above its own."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _of_group(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            yield from _of_group(root / "sys/fs/cgroup/memory", path, *names)


def _of_group(mount: Path, path: str, limit: str, usage: str, reclaimable: str) -> Iterator[Room]:
    own = mount / path.strip("/")
    for folder in (own, *own.parents):
        if not folder.is_relative_to(mount):
            return
        most, used = _number(folder / limit), _number(folder / usage)
        if most is not None and used is not None:
            cached = [int(line.split()[1]) for line in _lines(folder / "memory.stat") if line.split()[0] == reclaimable]
            yield Room(most - used + sum(cached), "under the memory limit of the control group (container)")


def _of_address_space(root: Path) -> Iterator[Room]:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _lines(root / "proc/self/statm")
    if limit != resource.RLIM_INFINITY and pages:
        used = int(pages[0].split()[0]) * resource.getpagesize()
        yield Room(limit - used, "under the limit of the process's address space (ulimit -v)")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None
