"""What a rule finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from retailctl.rendering.documents import Document, Path, dotted

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One complaint: which rule, where, what is wrong, and what would be right."""

    rule: str
    file: str
    line: int
    field: str
    message: str
    corrected: str | None = None
    """A value (or line) that keeps the rule."""
    level: Level = "error"

    def text(self) -> str:
        """One line for people: place, what, and the correction."""
        better = f"; use {self.corrected}" if self.corrected else ""
        return f"{self.file}:{self.line}: {self.message}{better} [{self.rule}]"


Found = Iterator[Finding]
Check = Callable[[Document], Found]


@dataclass(frozen=True)
class Rule:
    """A rule as a value: its id, what it asks for, and the function that looks."""

    id: str
    meaning: str
    check: Check


def finding(
    document: Document,
    rule: str,
    path: Path,
    message: str,
    corrected: str | None = None,
    level: Level = "error",
) -> Finding:
    """A complaint about the field at ``path``."""
    return Finding(rule, document.file, document.line(*path), dotted(path), message, corrected, level)
