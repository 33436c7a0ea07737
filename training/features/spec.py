"""What a model's features are made of: the horizon, which optional columns exist and the words behind the codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

HISTORY_DAYS = 392
"""Days of history a row looks back on: 56 whole weeks, so that a yearly lag (364 days) of any weekday has its month."""

MAX_HORIZON = 180
"""Longest horizon in days. The same season a year ago must lie before the origin for every step."""

STATIC_COLUMNS = ("store_id", "dept_id", "cat_id", "state_id")
"""Columns with one value a series that become features."""


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Everything besides the data that decides which features a row has; kept in the model's manifest."""

    horizon: int
    """Steps of the longest forecast, in days."""
    statics: dict[str, tuple[str, ...]]
    """Each of ``STATIC_COLUMNS`` -> its values in the order of their codes. A value that is not there is missing."""
    event_names: tuple[str, ...]
    """Event code k means ``event_names[k - 1]``; 0 means no event (or one never seen in training)."""
    event_types: tuple[str, ...]
    """Type of the event with the same code."""
    has_price: bool
    has_promo: bool
    known: tuple[str, ...]
    """The ``known_*`` columns, sorted."""
    flags: tuple[str, ...] = ()
    """Those of ``known`` that hold only 0 and 1: the effect of such a day is learnt by store and department."""

    @property
    def window_days(self) -> int:
        """Days of a window: the history and every day that can be forecast from its origin."""
        return HISTORY_DAYS + self.horizon

    def event_code(self, name: str) -> int:
        """Code of an event's name; 0 when training has never seen it."""
        return self.event_names.index(name) + 1 if name in self.event_names else 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FeatureSpec:
        """The inverse of ``to_json`` after a round trip through JSON text; KeyError or TypeError when it is not one."""
        return cls(
            horizon=int(value["horizon"]),
            statics={name: tuple(map(str, value["statics"][name])) for name in STATIC_COLUMNS},
            event_names=tuple(map(str, value["event_names"])),
            event_types=tuple(map(str, value["event_types"])),
            has_price=bool(value["has_price"]),
            has_promo=bool(value["has_promo"]),
            known=tuple(map(str, value["known"])),
            flags=tuple(map(str, value["flags"])),
        )
