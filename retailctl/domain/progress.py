"""How far long work is: what it is doing, and how far each of its parts is, where it has any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One of several things that move at once, such as a layer of an image."""

    name: str
    done: int
    """Bytes."""
    total: int
    """Bytes; 0 where nobody knows."""


@dataclass(frozen=True)
class Progress:
    """How the work stands; ``line`` is output that is of interest only while it is new."""

    text: str
    parts: tuple[Part, ...] = ()
    line: str | None = None


Watcher = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """The watcher that looks at nothing."""
