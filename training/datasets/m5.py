"""`python -m training.datasets.m5`: the M5 competition's files -> the data contract, one Parquet file a store.

A series' rows begin with its first priced week (a zero before that means "not on sale yet", not "no demand") and
end 28 days after the history: prices, events and food-stamp days (`known_snap`, by the store's state) of those
days are known in advance, their sales are null.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data import DataError
from training.datasets.m5_files import M5, read_m5
from training.datasets.writer import nullable, text_column, write_table

FUTURE_DAYS = 28
EXIT_ARGUMENTS, EXIT_DATA = 2, 6


@dataclass(frozen=True, slots=True)
class Days:
    """The t days of the converted data: history, then the days to forecast."""

    dates: NDArray[np.datetime64]
    weeks: NDArray[np.int64]
    history: int
    event_codes: NDArray[np.int32]
    """(t,) index into ``events``, -1 = none."""
    events: list[tuple[str, str]]
    snap: dict[str, NDArray[np.int8]]
    """State -> (t,)."""


def convert(source: Path, out: Path, last_day: int | None = None) -> list[Path]:
    """Writes one file a store to ``out``; history ends with day d_{last_day} (default: all there is).

    Raises:
        DataError: the source is not the M5 files.
        ValueError: ``last_day`` is not a day of the sales.
    """
    m5 = read_m5(source)
    longest = m5.units.shape[1]
    history = longest if last_day is None else last_day
    if not 1 <= history <= longest:
        raise ValueError(f"--last-day {history} is not a day of the sales: expected 1 to {longest}")
    days = _days(m5.calendar, history)
    return [write_table(_store_table(m5, store, days), out, f"m5-{store}") for store in m5.stores]


def _days(calendar: pa.Table, history: int) -> Days:
    calendar = calendar.slice(0, history + FUTURE_DAYS)
    joined = [_joined_event(row) for row in calendar.select(_EVENT_COLUMNS).to_pylist()]
    events = sorted({event for event in joined if event})
    position = {event: index for index, event in enumerate(events)}
    states = [name.removeprefix("snap_") for name in calendar.column_names if name.startswith("snap_")]
    return Days(
        dates=calendar["date"].to_numpy(),
        weeks=calendar["wm_yr_wk"].to_numpy().astype(np.int64),
        history=history,
        event_codes=np.array([position[event] if event else -1 for event in joined], dtype=np.int32),
        events=events,
        snap={state: calendar[f"snap_{state}"].to_numpy().astype(np.int8) for state in states},
    )


_EVENT_COLUMNS = ["event_name_1", "event_type_1", "event_name_2", "event_type_2"]


def _joined_event(row: dict[str, str | None]) -> tuple[str, str] | None:
    """The day's event; two on one day become 'A+B', sorted by name so that the pair has one spelling."""
    pairs = [(row[f"event_name_{k}"] or "", row[f"event_type_{k}"] or "") for k in (1, 2)]
    given = sorted(pair for pair in pairs if pair[0])
    if not given:
        return None
    return "+".join(name for name, _ in given), "+".join(type_ for _, type_ in given)


def _store_table(m5: M5, store: str, days: Days) -> pa.Table:
    series = np.array([index for index, name in enumerate(m5.ids["store_id"]) if name == store])
    price = _daily_prices(m5, store, [m5.ids["item_id"][index] for index in series], days.weeks)
    begun = np.logical_or.accumulate(~np.isnan(price), axis=1)
    row, day = np.nonzero(begun)
    of_store = series[row]
    units = np.zeros(price.shape, dtype=np.int32)
    units[:, : days.history] = m5.units[series, : days.history]
    prices = price[row, day]
    event = days.event_codes[day]
    state = m5.ids["state_id"][int(series[0])]
    texts = {name: text_column(of_store, values) for name, values in m5.ids.items()}
    return pa.table(
        {
            "store_id": texts["store_id"],
            "item_id": texts["item_id"],
            "date": pa.array(days.dates[day]),
            "sales": nullable(units[row, day], day >= days.history),
            "price": nullable(prices, np.isnan(prices)),
            "event_name": text_column(event, [name for name, _ in days.events]),
            "event_type": text_column(event, [type_ for _, type_ in days.events]),
            "known_snap": pa.array(days.snap[state][day]),
            **{name: texts[name] for name in ("dept_id", "cat_id", "state_id")},
        }
    )


def _daily_prices(m5: M5, store: str, items: list[str], weeks: NDArray[np.int64]) -> NDArray[np.float64]:
    """(items, t) dollars, NaN in weeks without a price."""
    known_weeks = np.unique(np.concatenate([weeks, m5.price_weeks]))
    position = np.full(len(m5.items) + 1, -1)  # the last place is for items without sales, coded -1
    position[np.searchsorted(m5.items, items)] = np.arange(len(items))
    here = (m5.price_stores == m5.stores.index(store)) & (position[m5.price_items] >= 0)
    weekly = np.full((len(items), len(known_weeks)), np.nan)
    rows = position[m5.price_items[here]]
    weekly[rows, np.searchsorted(known_weeks, m5.price_weeks[here])] = m5.prices[here]
    daily: NDArray[np.float64] = weekly[:, np.searchsorted(known_weeks, weeks)]
    return daily


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.datasets.m5", description="Convert the M5 files.")
    parser.add_argument("--source", type=Path, required=True, help="folder of the M5 files (Kaggle's CSV, or Parquet)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--last-day", type=int, help="cut the history after day d_N (default: all)")
    options = parser.parse_args(arguments)
    try:
        paths = convert(options.source, options.out, options.last_day)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_DATA
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_ARGUMENTS
    except OSError as error:
        print(f"error: cannot write to {options.out}: {error}", file=sys.stderr)
        return 1
    print(f"wrote {len(paths)} files to {options.out}: {', '.join(path.name for path in paths)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
