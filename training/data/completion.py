"""All rows are read: the panel in its final order, cut to the days that have rows, with each series' life."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.data.assembly import Assembly
from training.data.axes import dates, length
from training.data.contract import KNOWN_PREFIX
from training.data.events import EventCalendar
from training.data.history import History, complete_history
from training.data.rows import RowMap
from training.data.series import Key
from training.panel import STATICS, Panel


def complete_panel(assembly: Assembly, rows: RowMap) -> Panel:
    """The panel of what was read, without a fingerprint; the matrices of ``assembly`` become its own.

    Raises:
        DataError: no sale is known, or a row has no sale on a day of known history.
    """
    keys = assembly.series.keys()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    begin, n_days = assembly.seen[0] - assembly.window[0], length(assembly.seen)
    assembly.matrices.each(lambda grid: grid.crop(begin, n_days))
    assembly.matrices.each(lambda grid: grid.reorder(np.array(order)))
    history = _history(assembly, [keys[number] for number in order], rows)
    stores = sorted({store for store, _ in keys})
    calendar = _calendar(assembly, stores)
    numbers = {name: grid.matrix for name, grid in assembly.matrices.numbers.items()}
    statics = {static.name: static.values(order) for static in assembly.statics}
    position = {store: index for index, store in enumerate(stores)}
    return Panel(
        store_ids=tuple(keys[number][0] for number in order),
        item_ids=tuple(keys[number][1] for number in order),
        statics={name: statics.get(name, ("",) * len(keys)) for name in STATICS},
        dates=dates(assembly.seen),
        origin=history.origin,
        sales=numbers["sales"],
        price=numbers.get("price"),
        promo=np.nan_to_num(numbers["promo"], copy=False) if "promo" in numbers else None,
        on_sale=history.on_sale,
        event_names=calendar.names,
        event_types=calendar.types,
        events=calendar.codes,
        stores=tuple(stores),
        store_index=np.array([position[keys[number][0]] for number in order], dtype=np.int32),
        known={name: matrix for name, matrix in numbers.items() if name.startswith(KNOWN_PREFIX)},
        fingerprint="",
        warnings=history.warnings,
    )


def _history(assembly: Assembly, keys: Sequence[Key], rows: RowMap) -> History:
    numbers, filled = assembly.matrices.numbers, assembly.matrices.filled.matrix
    price = numbers["price"].matrix if "price" in numbers else None

    def place(series: int, day: int) -> str:
        store, item = keys[series]
        return rows.find(store_id=store, item_id=item, date=assembly.seen[0] + day)

    return complete_history(numbers["sales"].matrix, price, filled, place, dates(assembly.seen)[0])


def _calendar(assembly: Assembly, stores: Sequence[str]) -> EventCalendar:
    """The events of the sorted stores."""
    if not assembly.events:
        return EventCalendar((), (), np.zeros((len(stores), length(assembly.seen)), dtype=np.int16))
    number_of = {store: number for number, store in enumerate(assembly.series.stores.texts)}
    assembly.events.table.crop(assembly.seen[0] - assembly.window[0], length(assembly.seen))
    return assembly.events.calendar([number_of[store] for store in stores])
