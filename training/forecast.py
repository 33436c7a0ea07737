"""The nightly batch: ``python -m training.forecast --model DIR --data DIR --out FILE.parquet``.

Forecasts every series of the data from the day after its last known sale, with a model trained on the same data or on
earlier days of it. Writes ``store_id, item_id, date, mean`` and one column for each quantile, named by its level.
Exit codes: 0 written, 2 wrong option, 6 unusable data, 1 anything else.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __package__ in (None, ""):
    # Run as a file: the folder on the path is this one, and the package lies in its parent.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.artifact import Artifact, ArtifactError, load
from training.data import DataError, load_panel
from training.panel import Panel
from training.windows import PanelWindows

_SERIES = 2048
"""Series forecast and written together; bounds the memory that the batch takes."""

_WORKERS = min(os.cpu_count() or 1, 4)
"""Blocks of series forecast at once; NumPy leaves Python for most of the time."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the batch; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        artifact = load(artifact_folder(options.model))
        horizon = options.horizon or artifact.horizon_max
        if not 1 <= horizon <= artifact.horizon_max:
            parser.error(f"--horizon {horizon} is not from 1 to {artifact.horizon_max}, the horizon of the model")
        panel = load_panel(options.data)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_forecasts(options.out, artifact, panel, horizon)
    except DataError as error:
        return _failed(f"unusable data: {error}", 6)
    except ArtifactError as error:
        return _failed(f"unusable model: {error}", 1)
    except OSError as error:
        return _failed(f"a file cannot be read or written: {error}", 1)
    print(f"wrote {panel.n_series:,} series x {horizon} days from {panel.origin_date} to {options.out}")
    return 0


def artifact_folder(model: Path) -> Path:
    """The artifact in an MLflow model folder, or the folder itself."""
    return model / "artifact" if (model / "artifact").is_dir() else model


def write_forecasts(file: Path, artifact: Artifact, panel: Panel, horizon: int) -> None:
    """Write the forecasts of all series of a panel as Parquet; the file appears when it is complete."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with pq.ParquetWriter(partial, _schema(artifact.quantiles)) as writer:
            for table in _tables(artifact, panel, horizon):
                writer.write_table(table)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _tables(artifact: Artifact, panel: Panel, horizon: int) -> Iterator[pa.Table]:
    windows = PanelWindows(panel, artifact.predictor.spec)
    days = (panel.origin_date + np.arange(horizon)).astype("datetime64[D]")
    levels = np.array(artifact.quantiles)
    windows.at(panel.origin, np.arange(1))  # what all windows share is computed once, before there are threads

    def table(start: int) -> pa.Table:
        series = np.arange(start, min(start + _SERIES, panel.n_series))
        mean, quantiles = artifact.predictor.forecast(windows.at(panel.origin, series), horizon, levels)
        stores = [panel.store_ids[row] for row in series for _ in range(horizon)]
        items = [panel.item_ids[row] for row in series for _ in range(horizon)]
        columns = [stores, items, np.tile(days, len(series)), mean.ravel()]
        columns += [quantiles[:, place].ravel() for place in range(len(levels))]
        return pa.table(columns, schema=_schema(artifact.quantiles))

    with ThreadPoolExecutor(_WORKERS) as pool:
        yield from pool.map(table, range(0, panel.n_series, _SERIES))


def _schema(levels: Sequence[float]) -> pa.Schema:
    texts = [("store_id", pa.string()), ("item_id", pa.string()), ("date", pa.date32())]
    return pa.schema([*texts, *((name, pa.float32()) for name in ("mean", *(f"{level:g}" for level in levels)))])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forecast.py",
        description="Forecast every series of a folder of daily sales with a trained model.",
        epilog="Exit codes: 0 written, 2 wrong option, 6 unusable data, 1 anything else.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--model", type=Path, required=True, help="folder that train.py wrote")
    add("--data", type=Path, required=True, help="folder of Parquet or CSV files in the data contract")
    add("--out", type=Path, required=True, help="Parquet file to write")
    add("--horizon", type=int, help="days to forecast (default: all that the model was trained for)")
    return parser


def _failed(message: str, code: int) -> int:
    print(f"forecast.py: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
