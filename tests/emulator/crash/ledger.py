"""What a server has acknowledged, and what it may hold because a write got no answer before the kill."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = Any
"""What identifies the state of one thing, comparable by `==`; None where there is none."""


@dataclass(slots=True)
class Entry:
    """One thing: the value that was acknowledged last, and those of writes without an answer since."""

    certain: Value = None
    possible: list[Value] = field(default_factory=list)


class Ledger:
    """The books of one client: begin a write before it is sent, and settle it by what came back."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, Entry] = {}
        self.acknowledged_writes = 0

    def begin(self, key: Hashable, value: Value) -> None:
        """A write is about to be sent."""
        self._entries.setdefault(key, Entry()).possible.append(value)

    def acknowledge(self, key: Hashable, value: Value) -> None:
        """Its answer came, and says that it is done."""
        self._entries[key] = Entry(value)
        self.acknowledged_writes += 1

    def refuse(self, key: Hashable, value: Value) -> None:
        """Its answer came, and says that it is not."""
        self._entries[key].possible.remove(value)

    def certain(self, key: Hashable) -> Value:
        """The value that was acknowledged last."""
        return self._entries.get(key, Entry()).certain

    def known(self) -> list[Any]:
        """Everything that was ever written."""
        return list(self._entries)

    def present(self) -> Mapping[Any, Value]:
        """What is certain to be there."""
        return {key: entry.certain for key, entry in self._entries.items() if entry.certain is not None}

    def compare(self, key: Hashable, actual: Value) -> str | None:
        """What is wrong with the value that was found, if something is; from now on it is the certain one."""
        entry = self._entries[key]
        allowed = [entry.certain, *entry.possible]
        self._entries[key] = Entry(actual)
        if actual is None:
            del self._entries[key]
        return None if actual in allowed else f"{key} is {actual!r}, and not one of {allowed!r}"
