"""Colours and marks of terminal text; written as escape codes, for loading Rich takes longer than most commands."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
_GOOD = frozenset({"succeeded", "completed", "ready", "ok", "running locally", "done", "serving"})
_BAD = frozenset({"failed", "canceled", "cancelled", "error", "missing", "unhealthy"})

PLAINLY = "retailctl-plainly"
"""Error handler of streams whose encoding lacks the characters that drawings are made of."""
_PLAIN = str.maketrans("✓✗…│└─█░●▁▂▃▄▅▆▇", "+x~|+-#:o_.-=+*%")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Each character by one that every encoding has, so that columns stay where they are."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = error.object[error.start : error.end].translate(_PLAIN)
    return plain.encode("ascii", "replace").decode("ascii"), error.end


codecs.register_error(PLAINLY, _plainly)


@dataclass(frozen=True, slots=True)
class Paint:
    """Styles text, or leaves it as it is where colours are off."""

    on: bool

    def __call__(self, text: str, *styles: str) -> str:
        """``text`` in the styles named (bold, dim, red, green, ...)."""
        codes = ";".join(str(_CODES[style]) for style in styles if style)
        return f"\x1b[{codes}m{text}\x1b[0m" if self.on and codes and text else text


def wants_colour(stream: TextIO, environ: Mapping[str, str], *, no_color: bool) -> bool:
    """Whether ``stream`` is a terminal that shows colours and nobody asked for none (no-color.org)."""
    return stream.isatty() and not no_color and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def state_style(state: str) -> str:
    """The colour of a state's word: good, bad, or on the way."""
    word = state.lower()
    if word in _GOOD:
        return "green"
    return "red" if word in _BAD else "yellow"
