"""Worker of forecast_features.py: mlforecast's lags and rolling means of the same rows."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean

sys.path.insert(0, str(Path(__file__).parent))
from forecast_calls import LAGS, SPANS, Columns, finish, time_calls, worker_options


def read(folder: Path) -> pd.DataFrame:
    """The frame that mlforecast asks for, in its cheapest types."""
    table = pq.read_table(folder / "sales.parquet").to_pandas()
    key = table["store_id"].astype(str) + "/" + table["item_id"].astype(str)
    frame = {"unique_id": key.astype("category"), "ds": pd.to_datetime(table["date"]), "y": table["sales"].astype("f4")}
    return pd.DataFrame(frame)


def every_day(frame: pd.DataFrame, threads: int) -> pd.DataFrame:
    """Every row with its lags and rolling means."""
    means = [RollingMean(span, min_samples=1) for span in SPANS]
    forecaster = MLForecast(models={}, freq="D", lags=list(LAGS), lag_transforms={1: means}, num_threads=threads)
    return forecaster.preprocess(frame, dropna=False, static_features=[])


def named(made: pd.DataFrame) -> Columns:
    """The made columns under the product's names."""
    lags = {f"lag_{lag}": made[f"lag{lag}"] for lag in LAGS}
    means = {f"mean_{span}": made[f"rolling_mean_lag1_window_size{span}_min_samples1"] for span in SPANS}
    return {name: column.to_numpy() for name, column in (lags | means).items()}


def main() -> None:
    """Measure from inside."""
    options = worker_options(__doc__)
    frame = read(options.data)
    columns, said = time_calls(lambda: named(every_day(frame, options.threads)), options.rounds)
    finish(columns, said, options.out)


if __name__ == "__main__":
    main()
