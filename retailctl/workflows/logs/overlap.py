"""Follow a log that can only be asked for its last lines: find where each answer meets the one before, by content.

The service has no "since": it returns the newest N lines as one text, and lines carry no number. An answer shorter
than was asked for is the whole log, so the next whole one begins with it; that is exact whatever the lines say.
Otherwise the two agree line by line backwards from where they meet, as far as both go, and of several such places the
last is taken: a log that repeats itself through a whole answer cannot be told from one that stands still. Where they
meet nowhere, lines were lost in between or the log began anew, and that is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Break = Literal["gap", "restart"]
"""``gap``: lines between two answers were lost. ``restart``: the log began anew, as a restarted container's does."""

REMEMBERED = 20_000
"""Lines kept to meet the next answer; more than an answer holds."""


@dataclass(frozen=True)
class Window:
    """One answer: its complete lines, a last one without its end, and whether it is the whole log."""

    lines: tuple[str, ...]
    partial: str
    whole: bool

    @classmethod
    def of(cls, text: str, asked: int) -> Window:
        """The answer ``text`` to a request for the last ``asked`` lines."""
        *lines, partial = (line.removesuffix("\r") for line in text.split("\n"))
        return cls(tuple(lines), partial, len(lines) + bool(partial) < asked)


@dataclass(frozen=True)
class News:
    """The lines not seen before, and what came between them and the last one seen."""

    lines: tuple[str, ...] = ()
    broken: Break | None = None


@dataclass
class Overlap:
    """What was seen of one log so far."""

    _seen: list[str] = field(default_factory=list)
    _from_start: bool = False
    _last: Window | None = None
    _open: bool = False
    """Whether the last line seen had no end yet, stood still, was given, and may still grow."""

    def meets(self, window: Window) -> bool:
        """Whether ``window`` continues what was seen; if not, a longer one may."""
        return not window.lines or self._meeting(window.lines, window.whole) is not None

    def news(self, window: Window) -> News:
        """Take in ``window``; what it adds. A last line without its end waits for it, or for an answer alike."""
        stood_still, self._last = window == self._last, window
        lines = (*window.lines, window.partial) if stood_still and window.partial else window.lines
        if not lines:
            return News()
        meeting = self._meeting(lines, window.whole)
        if meeting is None and self._open:
            self._seen.pop()
            meeting = self._meeting(lines, window.whole)
        broken: Break | None = None
        if meeting is None:
            broken = "restart" if window.whole else "gap"
        fresh = lines[meeting or 0 :]
        self._remember(fresh, anew=bool(broken) or not self._seen, whole=window.whole)
        self._open = len(lines) > len(window.lines)
        return News(fresh, broken)

    def rest(self) -> News:
        """The line held back, when nobody asks any more."""
        held, self._last = self._last, None
        return News((held.partial,)) if held and held.partial and not self._open else News()

    def _remember(self, fresh: Sequence[str], *, anew: bool, whole: bool) -> None:
        if anew:
            self._seen, self._from_start = [], whole
        self._seen += fresh
        if len(self._seen) > REMEMBERED:
            self._seen, self._from_start = self._seen[-REMEMBERED:], False

    def _meeting(self, lines: Sequence[str], whole: bool) -> int | None:
        """How many of ``lines`` were seen before; None when nothing says so."""
        seen = self._seen
        if not seen or (whole and self._from_start and list(lines[: len(seen)]) == seen):
            return len(seen)
        return _last_agreement(seen, lines)


def _last_agreement(seen: Sequence[str], lines: Sequence[str]) -> int | None:
    """The largest count of leading ``lines`` that agrees with the end of ``seen``, backwards as far as both go.

    The first line of an answer may have lost its beginning; then the one after it has to agree as well.
    """
    for count in range(len(lines), 0, -1):
        reach = min(count, len(seen))
        if lines[count - 1] == seen[-1] and _agree(seen[len(seen) - reach :], lines[count - reach : count], count > 1):
            return count
    return None


def _agree(seen: Sequence[str], lines: Sequence[str], may_be_cut: bool) -> bool:
    if list(seen[1:]) != list(lines[1:]):
        return False
    return seen[0] == lines[0] or (may_be_cut and len(seen) > 1 and bool(lines[0]) and seen[0].endswith(lines[0]))
