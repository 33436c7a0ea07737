"""Writes tables of the data contract as one file each, the same bytes for the same table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

Format = Literal["parquet", "csv"]


def write_table(table: pa.Table, folder: Path, name: str, format: Format = "parquet") -> Path:
    """Writes ``<folder>/<name>.<format>`` and returns its path; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{format}"
    if format == "csv":
        plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
        csv.write_csv(table.cast(plain), path, csv.WriteOptions(quoting_style="needed"))
    else:
        pq.write_table(table, path, compression="zstd")
    return path


def text_column(codes: NDArray[np.integer], values: Sequence[str]) -> pa.DictionaryArray:
    """A text column from codes into ``values``; a code below 0 is null.

    Values may repeat; the column holds them once, as a Parquet dictionary must for the same bytes each time.
    """
    distinct, position = np.unique(np.array(values or [""], dtype=object), return_inverse=True)
    indices = position.astype(np.int32)[np.maximum(codes, 0)]
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=codes < 0), pa.array(distinct, pa.string()))


def nullable(values: NDArray[np.generic], is_null: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=is_null)
