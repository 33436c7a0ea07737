"""What long work tells while it goes on; drawing it is somebody else's business, and by default nobody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from retailctl.domain.progress import Part


@dataclass(frozen=True)
class StepStarted:
    """A step begins: ``step`` is its name for scripts, ``text`` for people ("Creating deployment green")."""

    step: str
    text: str


@dataclass(frozen=True)
class StepProgress:
    """How the step under way stands ("Updating, 12 s")."""

    step: str
    text: str
    parts: tuple[Part, ...] = ()
    """How far its parts are, where it has any: the layers of a push."""


@dataclass(frozen=True)
class StepDone:
    """A step ended; ``outcome`` is done, unchanged, skipped, failed or stopped (nobody waits any more)."""

    step: str
    text: str
    seconds: float
    outcome: str = "done"


@dataclass(frozen=True)
class LogLine:
    """One line of a log that is being followed."""

    source: str
    text: str
    passing: bool = False
    """Of interest only while it is new: shown where there is room, and not kept."""


@dataclass(frozen=True)
class Notice:
    """Something worth knowing."""

    text: str


@dataclass(frozen=True)
class Caution:
    """Something that may not be what the user wants."""

    text: str


@dataclass(frozen=True)
class Underway:
    """Work that goes on in the workspace even if this command stops now: what it is ("job brisk_fox_7") and the
    command that looks at it. A step that ends well ends what was under way in it."""

    what: str
    look: str


Event = StepStarted | StepProgress | StepDone | LogLine | Notice | Caution | Underway
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """The listener that draws nothing."""
