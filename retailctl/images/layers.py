"""The layers of a pull or a push, as the engine tells of them one line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.domain.progress import Part

_THERE = frozenset({"Pushed", "Layer already exists", "Pull complete", "Already exists"})
_MB = 1e6


class Layers:
    """How far each layer is."""

    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}
        self._there: set[str] = set()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in one event; those that are about no layer are passed over."""
        name = event.get("id")
        if not name or "progressDetail" not in event:
            return
        detail = event["progressDetail"] or {}
        known = self._parts.get(str(name), Part(str(name), 0, 0))
        done, total = int(detail.get("current", known.done)), int(detail.get("total", known.total))
        if event.get("status") in _THERE:
            self._there.add(str(name))
            done = total
        self._parts[str(name)] = Part(str(name), min(done, total) if total else done, total)

    @property
    def moving(self) -> tuple[Part, ...]:
        """The layers under way."""
        return tuple(part for name, part in self._parts.items() if name not in self._there and part.done)

    @property
    def text(self) -> str:
        """``45 of 210 MB, 3 of 8 layers there``."""
        done = sum(part.done for part in self._parts.values()) / _MB
        total = sum(part.total for part in self._parts.values()) / _MB
        moved = f"{done:.1f} of {total:.1f} MB, " if total else ""
        return f"{moved}{len(self._there)} of {len(self._parts)} layers there"
