"""Reads the files of the M5 competition (Makridakis, Spiliotis, Assimakopoulos 2022, IJF 38(4), 1346-1364).

Two forms are known: Kaggle's CSVs (`sales_train_evaluation.csv` or `sales_train_validation.csv`, `sell_prices.csv`,
`calendar.csv`) and the same tables as Parquet (`sales.parquet` with one list of units a series, `prices.parquet`
in cents, `calendar.parquet`). Both give the same ``M5``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from training.data import DataError

KAGGLE_SALES = ("sales_train_evaluation.csv", "sales_train_validation.csv")
LAST_DAY = 1969
"""The competition's last day; the sales of d_1942 on are in no published training file."""
ID_COLUMNS = ("store_id", "item_id", "dept_id", "cat_id", "state_id")


@dataclass(frozen=True, slots=True)
class M5:
    """n series with d days of sales, p prices by week, and a calendar of at least d days."""

    ids: dict[str, list[str]]
    """Each of ``ID_COLUMNS`` -> (n,) values."""
    units: NDArray[np.uint16]
    """(n, d) units sold; column k is day d_{k+1}."""
    items: list[str]
    """The distinct items, to which ``price_items`` points."""
    stores: list[str]
    """The distinct stores, sorted, to which ``price_stores`` points."""
    price_items: NDArray[np.int32]
    """(p,) -1 = an item without sales."""
    price_stores: NDArray[np.int32]
    price_weeks: NDArray[np.int64]
    """(p,) Walmart week."""
    prices: NDArray[np.float64]
    """(p,) dollars."""
    calendar: pa.Table
    """One row a day: date (date32), wm_yr_wk, event_name_1, event_type_1, ..._2, snap_<state>."""


def read_m5(folder: Path) -> M5:
    """Reads either form. Raises DataError naming the file that is missing or not as published."""
    try:
        return _read_parquet(folder) if (folder / "sales.parquet").exists() else _read_kaggle(folder)
    except FileNotFoundError as error:
        raise DataError(f"{error.filename or folder}: no such file; {_EXPECTED}") from None
    except KeyError as error:
        raise DataError(f"{folder}: a column is not as published: {error.args[0]}; {_EXPECTED}") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{folder}: cannot be read as M5 files: {error}") from None


_EXPECTED = (
    "expected the M5 files: sales_train_evaluation.csv (or _validation), sell_prices.csv and calendar.csv, "
    "or sales.parquet, prices.parquet and calendar.parquet"
)


def _read_parquet(folder: Path) -> M5:
    sales = pq.read_table(_existing(folder / "sales.parquet"))
    prices = pq.read_table(_existing(folder / "prices.parquet"))
    calendar = pq.read_table(_existing(folder / "calendar.parquet"))
    units = sales["sales"].combine_chunks().flatten().to_numpy().reshape(sales.num_rows, -1)
    return _m5(sales, units, prices, prices["price_cents"].to_numpy().astype(np.float64) / 100, calendar)


def _read_kaggle(folder: Path) -> M5:
    sales_file = next((folder / name for name in KAGGLE_SALES if (folder / name).exists()), folder / KAGGLE_SALES[0])
    units_of_day = {f"d_{day}": pa.uint16() for day in range(1, LAST_DAY + 1)}
    sales = csv.read_csv(_existing(sales_file), convert_options=csv.ConvertOptions(column_types=units_of_day))
    prices = csv.read_csv(_existing(folder / "sell_prices.csv"))
    calendar = csv.read_csv(
        _existing(folder / "calendar.csv"),
        convert_options=csv.ConvertOptions(null_values=[""], strings_can_be_null=True),
    )
    units = np.stack([sales[name].to_numpy() for name in sales.column_names if name in units_of_day], axis=1)
    return _m5(sales, units, prices, prices["sell_price"].to_numpy(), calendar)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(2, "no such file", str(path))
    return path


def _m5(
    sales: pa.Table, units: NDArray[np.uint16], prices: pa.Table, dollars: NDArray[np.float64], calendar: pa.Table
) -> M5:
    dates = pc.cast(calendar["date"], pa.date32())
    items = sorted(pc.unique(sales["item_id"]).to_pylist())
    stores = sorted(pc.unique(sales["store_id"]).to_pylist())
    return M5(
        ids={name: sales[name].to_pylist() for name in ID_COLUMNS},
        units=units,
        items=items,
        stores=stores,
        price_items=_positions(prices["item_id"], items),
        price_stores=_positions(prices["store_id"], stores),
        price_weeks=prices["wm_yr_wk"].to_numpy().astype(np.int64),
        prices=dollars.astype(np.float64),
        calendar=calendar.set_column(calendar.column_names.index("date"), "date", dates),
    )


def _positions(column: pa.ChunkedArray, values: list[str]) -> NDArray[np.int32]:
    found = pc.index_in(column, value_set=pa.array(values, column.type))
    positions: NDArray[np.int32] = pc.fill_null(found, -1).to_numpy()
    return positions
