"""Small data folders for the loader's tests."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HEADER = "store_id,item_id,date,sales,price"
GOOD_ROWS = (
    "north,tea,2024-01-01,3,2.5",
    "north,tea,2024-01-02,0,2.5",
    "north,tea,2024-01-03,4,2.5",
    "north,tea,2024-01-04,,2.4",
)


def csv_folder(folder: Path, *rows: str, header: str = HEADER, name: str = "sales.csv") -> Path:
    """A folder with one CSV file of these lines (added to what is there)."""
    (folder / name).write_text("\n".join([header, *rows]) + "\n")
    return folder


def parquet_folder(folder: Path, **columns: object) -> Path:
    """A folder with one Parquet file of four good rows, with columns replaced, added, or dropped (None)."""
    table: dict[str, object] = {
        "store_id": ["north"] * 4,
        "item_id": ["tea"] * 4,
        "date": pa.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]).cast(pa.date32()),
        "sales": [3, 0, 4, None],
    }
    table |= columns
    pq.write_table(
        pa.table({key: value for key, value in table.items() if value is not None}), folder / "sales.parquet"
    )
    return folder
