"""Rows of single days, `future` and `history` -> columns of points, as the artifact takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from serving import fields
from serving.errors import RequestError, invalid
from serving.fields import Check
from training.artifact import Points
from training.features import FeatureSpec

HISTORY = "sales"
MOST_DAYS = 500_000
"""Days of all series together in one request: a row of the request's own counts for every entry it reaches."""


@dataclass(frozen=True, slots=True)
class RowSchemas:
    """Which fields a model's day rows may have, and the check of each; `date` is in all of them."""

    future: Mapping[str, Check]
    history: Mapping[str, Check]

    @classmethod
    def of(cls, spec: FeatureSpec) -> RowSchemas:
        future: dict[str, Check] = {}
        if spec.has_price:
            future["price"] = fields.price
        if spec.has_promo:
            future["promo"] = fields.flag
        if spec.event_names:
            future["event_name"] = _event_check(spec)
            future["event_type"] = fields.any_text
        future |= {name: fields.flag if name in spec.flags else fields.finite for name in spec.known}
        return cls(future, {HISTORY: fields.units, **future})


@dataclass(slots=True)
class Column:
    """Values of one column: ``values[i]`` on ``days[i]`` for the request's series ``rows[i]``."""

    rows: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def points(self) -> Points:
        return Points(
            np.array(self.rows, np.intp),
            np.array(self.days, np.int64).astype("datetime64[D]"),
            np.array(self.values, np.float32),
        )


@dataclass(slots=True)
class DayRows:
    """All day rows of one request, of `future` or of `history`; both fill the same ``columns``."""

    checks: Mapping[str, Check]
    columns: dict[str, Column]
    required: str | None = None
    rows: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """Where each of these days stands in the request: 'series[2].future[0]'."""

    def check_days(self, earliest: NDArray[np.int64], latest: NDArray[np.int64], why: str) -> None:
        """Raises RequestError for the first day outside its row's bounds (days since 1970-01-01, both allowed)."""
        rows, days = np.array(self.rows, np.intp), np.array(self.days, np.int64)
        outside = np.flatnonzero((days < earliest[rows]) | (days > latest[rows]))
        if outside.size:
            at = int(outside[0])
            first, last = (np.datetime64(int(bound[rows[at]]), "D") for bound in (earliest, latest))
            day = np.datetime64(int(days[at]), "D")
            raise invalid(f"{day} is not a day from {first} to {last}, {why}", f"{self.places[at]}.date")

    def add_list(self, value: object, row: int, place: str) -> None:
        """Takes the list that an entry of `series` carries; ``row`` is the entry's number."""
        seen: set[int] = set()
        for index, item in enumerate(fields.items(value, "objects")):
            try:
                fields.mapping(item, "an object with a date")
                self._add(item, (row,), seen, f"{place}[{index}]")  # type: ignore[arg-type]
            except RequestError as error:
                raise error.within(f"[{index}]") from None

    def add_keyed_list(self, value: object, rows_of: Mapping[tuple[str, str], Sequence[int]], place: str) -> None:
        """Takes the request's own list, whose rows name their series."""
        seen: dict[tuple[str, str], set[int]] = {}
        for index, item in enumerate(fields.items(value, "objects")):
            try:
                entry = dict(fields.mapping(item, "an object with store_id, item_id and date"))
                key = _key(entry)
                if key not in rows_of:
                    raise invalid(f"store {key[0]!r}, item {key[1]!r} is not in `series`", "item_id")
                self._add(entry, rows_of[key], seen.setdefault(key, set()), f"{place}[{index}]")
            except RequestError as error:
                raise error.within(f"[{index}]") from None

    def _add(self, entry: Mapping[str, object], rows: Sequence[int], seen: set[int], place: str) -> None:
        day = fields.required(entry, "date", fields.day)
        if day in seen:
            raise invalid("the same day twice", "date", "duplicate-date")
        seen.add(day)
        if self.required and self.required not in entry:
            raise fields.missing(self.required)
        for name, value in entry.items():
            if name != "date":
                self._add_value(name, value, day, rows)
        if len(self.rows) + len(rows) > MOST_DAYS:
            raise RequestError(413, "too-many-days", f"more than {MOST_DAYS} days of series; send fewer at a time")
        self.rows.extend(rows)
        self.days.extend([day] * len(rows))
        self.places.extend([place] * len(rows))

    def _add_value(self, name: str, value: object, day: int, rows: Sequence[int]) -> None:
        check = self.checks.get(name)
        if check is None:
            raise fields.unknown_field(name, ["date", *self.checks])
        try:
            number = check(value)
        except RequestError as error:
            raise error.within(name) from None
        if number is None:
            return
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = Column()
        column.rows.extend(rows)
        column.days.extend([day] * len(rows))
        column.values.extend([number] * len(rows))


def _key(entry: dict[str, object]) -> tuple[str, str]:
    """Takes the series' names out of a row."""
    key = fields.required(entry, "store_id", fields.text), fields.required(entry, "item_id", fields.text)
    del entry["store_id"], entry["item_id"]
    return key


def _event_check(spec: FeatureSpec) -> Check:
    codes = {name: float(code) for code, name in enumerate(spec.event_names, start=1)}

    def event(value: object) -> float:
        if value is None:
            return 0.0
        code = codes.get(fields.text(value))
        if code is None:
            near = get_close_matches(str(value), codes, n=1)
            advice = f"; did you mean {near[0]!r}?" if near else ""
            raise invalid(f"the model knows no event {value!r}{advice}", code="unknown-event")
        return code

    return event
