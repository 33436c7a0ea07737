"""M5 in the data contract, as it was known at an origin: the sales end there, prices and calendar 28 days later."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.benchmarks.forecast_measured import ROOT, measure

M5 = ROOT.parent / "shared" / "data" / "m5"
"""The competition's files, kept beside the checkout because they may not go into it."""
STORES = ("CA_1", "CA_2", "CA_3", "CA_4", "TX_1", "TX_2", "TX_3", "WI_1", "WI_2", "WI_3")


def unless_absent() -> None:
    """Ends the benchmark, successfully and with a reason, where the M5 files are not at hand."""
    if not (M5 / "sales.parquet").exists():
        print(f"skipped: {M5.relative_to(ROOT.parent)} is not beside the checkout, so there is nothing to measure on")
        raise SystemExit(0)


def converted(work: Path) -> list[Path]:
    """One file a store with all that M5 has, written once to the cache folder."""
    folder = work / "m5"
    complete = folder / "_complete"
    if not complete.exists():
        measure([sys.executable, "-m", "training.datasets.m5", "--source", M5, "--out", folder])
        complete.touch()
    return sorted(folder.glob("m5-*.parquet"))


def known_at(work: Path, origin_date: date, days: int, stores: Sequence[str] = ()) -> Path:
    """Folder with the data as it was known on the origin, of all stores or some; written once.

    Sales from ``origin_date`` on are null and rows from ``days`` days later on are left out.
    """
    folder = work / f"known-{origin_date}" / ("-".join(stores) or "all")
    complete = folder / "_complete"
    if not complete.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for file in _of(converted(work), stores):
            pq.write_table(_cut(pq.read_table(file), origin_date, days), folder / file.name, compression="zstd")
        complete.touch()
    return folder


def _of(files: Iterable[Path], stores: Sequence[str]) -> list[Path]:
    wanted = {f"m5-{store}.parquet" for store in stores}
    return [file for file in files if not stores or file.name in wanted]


def _cut(table: pa.Table, origin_date: date, days: int) -> pa.Table:
    """Whole columns of one store at a time: a store is 6 million rows, all of M5 47 million."""
    first = pa.scalar(origin_date)
    ahead = pc.days_between(first, table["date"])
    table = table.filter(pc.less(ahead, days))
    future = pc.greater_equal(table["date"], first)
    sales = pc.if_else(future, pa.scalar(None, table["sales"].type), table["sales"])
    return table.set_column(table.column_names.index("sales"), "sales", sales)
