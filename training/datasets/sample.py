"""`python -m training.datasets.sample`: a seeded, believable panel of a made-up retailer, in the data contract.

It has weekly and yearly seasons, holidays, promotions, price changes, items that sell now and then, new and
discontinued items, stores of different size, and a known future of prices, promotions and events. The same
options give the same rows; a store's rows do not depend on how many other stores there are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.data.errors import DataError
from training.data.source import find_files
from training.datasets.demand import CATEGORIES, Catalogue, StoreSales, make_catalogue, paydays, simulate_store
from training.datasets.holidays import HOLIDAYS, event_codes
from training.datasets.writer import Format, nullable, text_column, write_table

STATES = ("north", "south", "west")
DEPARTMENTS = 3


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """Size and seed of a sample; ``days`` of history are followed by ``future`` days to forecast."""

    stores: int = 3
    items: int = 20
    days: int = 730
    future: int = 28
    seed: int = 7
    start: date = date(2023, 1, 1)


def write_sample(folder: Path, options: SampleOptions, format: Format = "parquet") -> list[Path]:
    """Writes one file a store, `sales-<store_id>`, and returns their paths."""
    catalogue = make_catalogue(options.items, np.random.default_rng([options.seed, 0]))
    return [
        write_table(store_table(catalogue, store, options), folder, f"sales-{store_name(store)}", format)
        for store in range(options.stores)
    ]


def store_table(catalogue: Catalogue, store: int, options: SampleOptions) -> pa.Table:
    """The rows of one store (counted from 0), by item and day, from each item's launch on."""
    dates = np.datetime64(options.start, "D") + np.arange(options.days + options.future)
    sales = simulate_store(catalogue, dates, options.days, np.random.default_rng([options.seed, store + 1]))
    item, day = np.nonzero(np.arange(len(dates)) >= sales.launch[:, None])
    category = catalogue.category[item]
    departments = [f"{name}_{number + 1}" for name in CATEGORIES for number in range(DEPARTMENTS)]
    event = event_codes(dates)[day]
    everywhere = np.zeros(len(item), dtype=np.int32)
    return pa.table(
        {
            "store_id": text_column(everywhere, [store_name(store)]),
            "item_id": text_column(item, item_names(catalogue)),
            "date": pa.array(dates[day]),
            **_measures(sales, item, day, options.days),
            "event_name": text_column(event, [holiday.name for holiday in HOLIDAYS]),
            "event_type": text_column(event, [holiday.type for holiday in HOLIDAYS]),
            "known_payday": pa.array(paydays(dates)[day].astype(np.int8)),
            "dept_id": text_column(category * DEPARTMENTS + item % DEPARTMENTS, departments),
            "cat_id": text_column(category, CATEGORIES),
            "state_id": text_column(everywhere, [STATES[store % len(STATES)]]),
        }
    )


def store_name(store: int) -> str:
    return f"{STATES[store % len(STATES)]}_{store // len(STATES) + 1}"


def item_names(catalogue: Catalogue) -> list[str]:
    return [f"{CATEGORIES[category]}_{index + 1:03d}" for index, category in enumerate(catalogue.category.tolist())]


def _measures(sales: StoreSales, item: NDArray[np.intp], day: NDArray[np.intp], history: int) -> dict[str, pa.Array]:
    price = sales.price[item, day]
    return {
        "sales": nullable(sales.units[item, day].astype(np.int32), day >= history),
        "price": nullable(price, np.isnan(price)),
        "promo": pa.array(sales.promo[item, day]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    sample = SampleOptions(options.stores, options.items, options.days, options.future, options.seed, options.start)
    stranger = _stranger(options.out, {f"sales-{store_name(store)}.{options.format}" for store in range(sample.stores)})
    if stranger:
        print(f"error: {options.out} holds {stranger}, which would be read as part of the sample", file=sys.stderr)
        return 6
    try:
        paths = write_sample(options.out, sample, options.format)
    except OSError as error:
        print(f"error: cannot write to {options.out}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(
        f"wrote {len(paths)} files to {options.out}: {sample.stores} stores x {sample.items} items, "
        f"{sample.days} days of sales and {sample.future} days to forecast"
    )
    return 0


def _stranger(folder: Path, written: set[str]) -> str | None:
    """A data file in the folder, by its path there, that would not be replaced: a larger sample's, or one's own."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    try:
        names = [file.relative_to(folder).as_posix() for file in find_files(folder)]
    except DataError:
        return None
    return next((name for name in names if name not in written), None)


def _parser() -> argparse.ArgumentParser:
    default = SampleOptions()
    parser = argparse.ArgumentParser(prog="python -m training.datasets.sample", description="Write sample data.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--stores", type=_at_least(1), default=default.stores, help="number of stores")
    parser.add_argument("--items", type=_at_least(1), default=default.items, help="items in each store")
    parser.add_argument("--days", type=_at_least(1), default=default.days, help="days of known sales")
    parser.add_argument("--future", type=_at_least(0), default=default.future, help="days to forecast")
    parser.add_argument("--seed", type=_at_least(0), default=default.seed, help="same seed, same rows")
    parser.add_argument("--start", type=date.fromisoformat, default=default.start, help="first day, YYYY-MM-DD")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    return parser


def _at_least(lowest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < lowest:
            raise argparse.ArgumentTypeError(f"{value} is not a whole number >= {lowest}")
        return value

    return number


if __name__ == "__main__":
    raise SystemExit(main())
