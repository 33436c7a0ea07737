"""A life cycle: states, the transitions that are allowed, and which states are ends.

The table is the only place that knows what may follow what; whoever moves a resource asks it, and documentation
and tests are drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class ForbiddenTransition(Exception):
    """A move that the life cycle does not have: a fault of the caller, never of a user."""


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """States of one kind of resource and what may follow each."""

    kind: str
    initial: str
    transitions: Mapping[str, frozenset[str]]
    terminal: frozenset[str]

    def check(self, current: str, following: str) -> None:
        """Raise ForbiddenTransition unless `following` may come after `current`; staying is always allowed."""
        if following != current and following not in self.transitions.get(current, frozenset()):
            raise ForbiddenTransition(f"a {self.kind} cannot go from {current} to {following}")

    def busy(self, state: str) -> bool:
        """True while an operation is under way and another one is to be refused."""
        return state not in self.terminal

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        return tuple(self.transitions)
