"""A folder of files -> one panel. The steps, each in a module of its own, are: find and open the files, enter every
row, checked, into matrices that grow, and read each series' life off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

from training.data.ahead import one_ahead
from training.data.assembly import Assembly
from training.data.axes import joined
from training.data.completion import complete_panel
from training.data.contract import check_same_columns
from training.data.csv_source import CsvSource
from training.data.errors import DataError, NotEnoughMemory
from training.data.fingerprint import fingerprint
from training.data.memory import require
from training.data.parquet_source import ParquetSource
from training.data.rows import RowMap
from training.data.source import Source, find_files
from training.panel import Panel

READING_BYTES = 150_000_000
"""What reading takes beside the matrices: libraries and the batch at hand."""
ON_SALE_BYTES = 1


def load_panel(folder: Path, working_bytes: int = 0) -> Panel:
    """Reads every .parquet and .csv file under ``folder`` (see training/data/README.md for their columns).

    ``working_bytes`` is what the caller needs beside the panel: data that leaves less is refused at once.

    Raises:
        DataError: the data breaks the contract; the message names file, row, column and what was expected.
        NotEnoughMemory: (a DataError) the data does not fit into the memory that is left.
    """
    sources = [_open(path, folder) for path in find_files(folder)]
    for source in sources[1:]:
        check_same_columns(source.name, _names(source), sources[0].name, _names(sources[0]))
    try:
        return _load(folder, sources, working_bytes)
    except MemoryError:
        rows = sum(source.rows() for source in sources)
        raise NotEnoughMemory(
            f"{folder}: memory ran out while about {rows:,} rows were read; use a machine with more memory, "
            "raise the process's limit (ulimit -v), or leave out stores (files) or old days"
        ) from None


def _load(folder: Path, sources: Sequence[Source], working_bytes: int) -> Panel:
    assembly, rows = _assembled(sources, working_bytes)
    empty = [source.name for source in sources if not any(source is filled for filled, _ in rows.parts)]
    if not rows.total:
        raise DataError(f"{folder}: no rows in {', '.join(empty[:5])}")
    panel = complete_panel(assembly, rows)
    warnings = (*panel.warnings, f"no rows in {', '.join(empty)}") if empty else panel.warnings
    return replace(panel, warnings=warnings, fingerprint=fingerprint(panel))


def _open(path: Path, folder: Path) -> Source:
    name = path.relative_to(folder).as_posix()
    return CsvSource(path, name) if path.suffix.lower() == ".csv" else ParquetSource(path, name)


def _names(source: Source) -> list[str]:
    return [column.name for column in source.columns]


def _assembled(sources: Sequence[Source], working_bytes: int) -> tuple[Assembly, RowMap]:
    rows = RowMap(sources)
    assembly = Assembly(sources[0].columns, rows, working_bytes)
    count = sum(source.rows() for source in sources)
    per_row = assembly.matrices.bytes_per_cell + ON_SALE_BYTES
    files = f"{len(sources):,} file{'s'[: len(sources) > 1]}"
    require(count * per_row + READING_BYTES + working_bytes, f"about {count:,} rows in {files} take at least")
    spans = [source.span() for source in sources]
    known = [span for span in spans if span]
    if known and len(known) == len(spans):
        assembly.expect(reduce(joined, known))
    for source in sources:
        done = 0
        for batch in one_ahead(source.batches()):
            if batch.num_rows:
                assembly.add(batch, rows.add(source, done, batch.num_rows))
                done += batch.num_rows
    return assembly, rows
