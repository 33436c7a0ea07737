"""Events by store and day: read from the rows of any series of the store, the same in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.agreement import Agreement
from training.data.errors import DataError
from training.data.grouping import distinct
from training.data.rows import RowMap
from training.data.values import Coded, Place

Event = tuple[str, str]
"""(name, type); ('', '') = no event"""
NO_EVENT: Event = ("", "")


@dataclass(frozen=True, slots=True)
class StoreDays:
    """What some rows say about the events of the stores and days that they cover."""

    stores: list[str]
    days: NDArray[np.int32]
    """Days since 1970-01-01."""
    events: list[Event]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Event names (sorted) and types by code - 1, and the code of each store and day; 0 = no event."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    codes: NDArray[np.int16]


def read_events(
    name: Coded,
    type_: Coded | None,
    stores: Coded,
    days: NDArray[np.int32],
    first_row: int,
    rows: RowMap,
) -> StoreDays:
    """One event a store and day out of a batch of rows. Raises DataError where rows disagree."""
    codes, events = _pairs(name, type_, lambda index: rows.place(first_row + index))
    first_day = int(days.min())
    span = int(days.max()) - first_day + 1
    keys, groups = distinct(stores.codes.astype(np.int64) * span + (days - first_day), len(stores.values) * span)
    agreement = Agreement(len(keys))
    conflict = agreement.add(groups, codes, first_row + np.arange(len(days)))
    if conflict:
        said = [events[codes[row - first_row]] for row in conflict]
        index = conflict[1] - first_row
        raise DataError(_conflict(stores.values[stores.codes[index]], int(days[index]), said, conflict, rows))
    return StoreDays(
        [stores.values[code] for code in (keys // span).tolist()],
        (keys % span + first_day).astype(np.int32),
        [events[code] for code in agreement.codes.tolist()],
        agreement.rows,
    )


def merge_events(
    parts: Iterable[StoreDays], stores: Mapping[str, int], first_day: int, n_days: int, rows: RowMap
) -> Calendar:
    """The calendar of all stores. ``stores`` maps a store to its row in the result.

    Raises:
        DataError: two parts disagree about a store and day, or an event has two types.
    """
    agreement = Agreement(len(stores) * n_days)
    code_of: dict[Event, int] = {NO_EVENT: 0}
    for part in parts:
        index = np.array([stores[store] for store in part.stores], dtype=np.int64)
        codes = np.array([code_of.setdefault(event, len(code_of)) for event in part.events], dtype=np.int32)
        groups = index * n_days + (part.days - first_day)
        conflict = agreement.add(groups, codes, part.rows)
        if conflict:
            at = int(np.flatnonzero(part.rows == conflict[1])[0])
            said = [list(code_of)[agreement.codes[groups[at]]], part.events[at]]
            raise DataError(_conflict(part.stores[at], int(part.days[at]), said, conflict, rows))
    _check_one_type(code_of, agreement, rows)
    return _calendar(code_of, np.maximum(agreement.codes, 0).reshape(len(stores), n_days))


def _calendar(code_of: Mapping[Event, int], codes: NDArray[np.int32]) -> Calendar:
    """Renumbers the events by name, so that the order of files leaves no trace."""
    events = sorted(event for event in code_of if event != NO_EVENT)
    rank = np.zeros(len(code_of), dtype=np.int16)
    for position, event in enumerate(events):
        rank[code_of[event]] = position + 1
    return Calendar(tuple(name for name, _ in events), tuple(type_ for _, type_ in events), rank[codes])


def _check_one_type(code_of: Mapping[Event, int], agreement: Agreement, rows: RowMap) -> None:
    first: dict[str, Event] = {}
    for name, type_ in code_of:
        known = first.setdefault(name, (name, type_))
        if known[1] != type_:
            given = [
                rows.place(int(agreement.rows[np.argmax(agreement.codes == code_of[event])]))
                for event in (known, (name, type_))
            ]
            raise DataError(
                f"{given[1]}, column 'event_type': {type_!r} for event {name!r}, "
                f"but {known[1]!r} in {given[0]}; expected one type an event"
            )


def _pairs(name: Coded, type_: Coded | None, place: Place) -> tuple[NDArray[np.int32], list[Event]]:
    """Code of each row's (name, type), and the pairs by code. Raises DataError on a type without a name."""
    type_ = type_ or Coded(np.full(len(name.codes), -1, dtype=np.int32), [])
    nameless = (name.codes < 0) & (type_.codes >= 0)
    if nameless.any():
        row = int(np.argmax(nameless))
        given = type_.values[type_.codes[row]]
        raise DataError(f"{place(row)}, column 'event_type': {given!r} without an event; expected event_name too")
    width = len(type_.values) + 1
    combined = (name.codes.astype(np.int64) + 1) * width + type_.codes + 1
    keys, codes = distinct(combined, (len(name.values) + 1) * width)
    pairs = [divmod(key, width) for key in keys.tolist()]
    texts = (["", *name.values], ["", *type_.values])
    return codes.astype(np.int32), [(texts[0][a], texts[1][b]) for a, b in pairs]


def _conflict(store: str, day: int, said: list[Event], found: tuple[int, int], rows: RowMap) -> str:
    first, second = (f"{name!r} ({type_ or 'no type'})" if name else "no event" for name, type_ in said)
    return (
        f"{rows.place(found[1])}, column 'event_name': {second} for store {store!r} on {np.datetime64(day, 'D')}, "
        f"but {first} in {rows.place(found[0])}; expected one event in all rows of a store and day"
    )
