"""Events by store and day: read from the rows of any series of the store, the same in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data.errors import DataError
from training.data.grid import Grid
from training.data.grouping import distinct
from training.data.rows import RowMap
from training.data.texts import Texts

Event = tuple[str, str]
"""(name, type); ('', '') = no event"""
NO_EVENT: Event = ("", "")
UNSAID = -1
"""The code of a store and day of which no row has spoken; 0 is that of no event."""
MOST_EVENTS = int(np.iinfo(np.int16).max)


@dataclass(frozen=True, slots=True)
class EventCalendar:
    """Event names (sorted) and types by code - 1, and the (s, t) code of each store and day; 0 = no event."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    codes: NDArray[np.int16]


class Events:
    """What the rows read so far say about the events of each store and day."""

    def __init__(self, rows: RowMap) -> None:
        self.table = Grid(np.int16(UNSAID))
        """(stores, window) codes into the events in order of first sight."""
        self._rows = rows
        self._names, self._types = Texts(), Texts()
        self._code_of: dict[Event, int] = {NO_EVENT: 0}
        self._type_of: dict[str, tuple[str, int]] = {}

    def codes(self, name: pa.DictionaryArray, type_: pa.DictionaryArray | None, first_row: int) -> NDArray[np.int16]:
        """The event of each row of a batch. Raises DataError on a type without a name, or a name with two types."""
        names = self._names.codes(name)
        types = self._types.codes(type_) if type_ is not None else np.full(len(names), UNSAID, dtype=np.int32)
        width = len(self._types) + 1
        combined = (names.astype(np.int64) + 1) * width + types + 1
        pairs, index = distinct(combined, (len(self._names) + 1) * width)
        texts = ["", *self._names.texts], ["", *self._types.texts]
        events = [(texts[0][pair // width], texts[1][pair % width]) for pair in pairs.tolist()]
        for place, event in enumerate(events):
            if event not in self._code_of:
                self._register(event, first_row + int(np.argmax(index == place)))
        return np.array([self._code_of[event] for event in events], dtype=np.int16)[index]

    def add(self, codes: NDArray[np.int16], cells: NDArray[np.int64]) -> int | None:
        """Enters the events of a batch at flat positions in ``table``; returns the first row that contradicts."""
        flat = self.table.flat
        before = flat[cells]
        if np.array_equal(before, codes):
            return None
        new = before == UNSAID
        # Reversed, because the last write to a place stays, and the first row is the one to believe.
        flat[cells[new][::-1]] = codes[new][::-1]
        differs = np.flatnonzero(flat[cells] != codes)
        return int(differs[0]) if differs.size else None

    def conflict(self, row: int, code: int, known: int, store: str, day: int) -> DataError:
        """The error of a row that names another event than the rows of the store and day before it."""
        events = list(self._code_of)
        said, before = (
            f"{name!r} ({type_ or 'no type'})" if name else "no event" for name, type_ in (events[code], events[known])
        )
        return DataError(
            f"{self._rows.place(row)}, column 'event_name': {said} for store {store!r} on {np.datetime64(day, 'D')}, "
            f"but {before} in {self._rows.find(store_id=store, date=day)}; "
            "expected one event in all rows of a store and day"
        )

    def calendar(self, order: Sequence[int]) -> EventCalendar:
        """The stores in ``order``, the events renumbered by name, so that the order of files leaves no trace."""
        events = sorted(event for event in self._code_of if event != NO_EVENT)
        rank = np.zeros(len(self._code_of), dtype=np.int16)
        for position, event in enumerate(events):
            rank[self._code_of[event]] = position + 1
        codes = rank[np.maximum(self.table.matrix[np.array(order)], 0)]
        return EventCalendar(tuple(name for name, _ in events), tuple(type_ for _, type_ in events), codes)

    def _register(self, event: Event, row: int) -> None:
        name, type_ = event
        place = self._rows.place
        if not name:
            raise DataError(f"{place(row)}, column 'event_type': {type_!r} without an event; expected event_name too")
        if len(self._code_of) > MOST_EVENTS:
            raise DataError(
                f"{place(row)}, column 'event_name': {name!r} is event number {MOST_EVENTS + 1:,}; "
                "expected few events that come again"
            )
        known, earlier = self._type_of.setdefault(name, (type_, row))
        if known != type_:
            raise DataError(
                f"{place(row)}, column 'event_type': {type_!r} for event {name!r}, "
                f"but {known!r} in {place(earlier)}; expected one type an event"
            )
        self._code_of[event] = len(self._code_of)
