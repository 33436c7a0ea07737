"""`$filter` of a metrics query: `deployment eq 'green' and statusCodeClass ne '2xx'`.

Conditions on one dimension are joined by `or`, those on different dimensions by `and`; `eq '*'` keeps every value
and splits by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.services.metrics.definitions import Metric

_CONDITION = re.compile(
    r"^\s*\(*\s*(?P<dimension>\w+)\s+(?P<operator>eq|ne|sw)\s+'(?P<value>[^']*)'\s*\)*\s*$", re.IGNORECASE
)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a dimension with a value; values compare without regard to case."""

    dimension: str
    operator: str
    value: str

    def holds(self, values: Mapping[str, str]) -> bool:
        """True when the dimension's value passes."""
        found = values.get(self.dimension, "").lower()
        if self.value == "*":
            return self.operator == "eq"
        if self.operator == "sw":
            return found.startswith(self.value.lower())
        return (found == self.value.lower()) is (self.operator == "eq")


@dataclass(frozen=True, slots=True)
class Filter:
    """Groups of conditions: one of each group must hold."""

    groups: tuple[tuple[Condition, ...], ...] = ()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that are mentioned, by which series are split."""
        return tuple(dict.fromkeys(condition.dimension for group in self.groups for condition in group))

    def holds(self, values: Mapping[str, str]) -> bool:
        """True when the values pass."""
        return all(any(condition.holds(values) for condition in group) for group in self.groups)


def parse(text: str, metric: Metric) -> Filter:
    """The filter of a query. Raises ArmError (400)."""
    if not text.strip():
        return Filter()
    return Filter(tuple(tuple(_condition(each, metric) for each in _OR.split(group)) for group in _AND.split(text)))


def _condition(text: str, metric: Metric) -> Condition:
    match = _CONDITION.match(text)
    if not match:
        raise ArmError(400, "BadRequest", f"The filter condition '{text}' is not DIMENSION eq|ne|sw 'VALUE'.")
    known = {name.lower(): name for name in metric.dimensions}
    dimension = known.get(match["dimension"].lower())
    if dimension is None:
        allowed = ", ".join(metric.dimensions) or "none"
        raise ArmError(
            400, "BadRequest", f"The metric {metric.name} has no dimension '{match['dimension']}'; it has: {allowed}."
        )
    return Condition(dimension, match["operator"].lower(), match["value"])
