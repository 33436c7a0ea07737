"""The peer: mlforecast with LightGBM, recursive, on the same folder as training.forecast reads.

    python tests/benchmarks/forecast_mlforecast.py --data DIR --out FILE [--objective tweedie] [--days 180]

The well-tried recipe of the M5 competition: one model over all series, lags and rolling means, calendar, price, event
and food-stamp days, a Tweedie or Poisson objective; each forecast day is fed back into the next one's lags. Only the
last --days days are trained on, which is what fits beside pandas; lags look further back.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean

HORIZON = 28
LAGS = [1, 7, 14, 21, 28]
SPANS = (7, 14, 28, 56)
STATICS = ["store_id", "dept_id", "cat_id", "state_id"]
"""Without the item: a category of 3,049 values costs LightGBM more time than everything else."""
DYNAMIC = ["price", "event_name", "known_snap"]


def read(folder: Path, days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Long frames of the history that is needed and of the known future."""
    columns = ["date", "sales", "item_id", *DYNAMIC, *STATICS]
    end = max(_last_day(file) for file in folder.glob("*.parquet"))
    first = end - np.timedelta64(HORIZON + days + max(SPANS) + max(LAGS), "D")
    files = sorted(folder.glob("*.parquet"))
    frame = pq.read_table(files[0].parent, columns=columns, filters=[("date", ">", first.item())]).to_pandas()
    frame = frame.rename(columns={"date": "ds", "sales": "y"})
    frame["ds"] = pd.to_datetime(frame["ds"])
    frame["unique_id"] = (frame["store_id"].astype(str) + "/" + frame["item_id"].astype(str)).astype("category")
    for column in (*STATICS, "item_id", "event_name"):
        frame[column] = frame[column].astype("category")
    frame["price"] = frame["price"].astype(np.float32)
    future = frame["y"].isna()
    known, ahead = frame[~future], frame[future & frame["unique_id"].isin(frame.loc[~future, "unique_id"])]
    known = known.drop(columns="item_id").assign(y=known["y"].astype(np.float32))
    return known, ahead.drop(columns=["y", "item_id", *STATICS])


def _last_day(file: Path) -> np.datetime64:
    return np.datetime64(pq.read_table(file, columns=["date"])["date"].to_numpy().max(), "D")


def model(objective: str, rounds: int, threads: int) -> lgb.LGBMRegressor:
    """Parameters as published notebooks of the competition have them, with fewer rounds at a higher rate."""
    power = {"tweedie_variance_power": 1.1} if objective == "tweedie" else {}
    return lgb.LGBMRegressor(
        objective=objective,
        n_estimators=rounds,
        learning_rate=0.1,
        num_leaves=63,
        min_child_samples=100,
        subsample=0.75,
        subsample_freq=1,
        colsample_bytree=0.8,
        n_jobs=threads,
        random_state=0,
        verbosity=-1,
        **power,
    )


def main() -> None:
    """Train and write the forecasts as training.forecast does: store_id, item_id, date, mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--objective", choices=("tweedie", "poisson"), default="tweedie")
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    known, future = read(options.data, options.days)
    forecaster = MLForecast(
        models={"mean": model(options.objective, options.rounds, options.threads)},
        freq="D",
        lags=LAGS,
        lag_transforms={1: [RollingMean(span) for span in SPANS], 28: [RollingMean(7), RollingMean(28)]},
        date_features=["dayofweek", "day", "month"],
        num_threads=options.threads,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Found null values in")  # most days have no event
        forecaster.fit(known, static_features=STATICS, dropna=True)
        del known
        forecast = forecaster.predict(HORIZON, X_df=future)
    forecast = forecast.rename(columns={"ds": "date"})
    forecast[["store_id", "item_id"]] = forecast["unique_id"].astype(str).str.split("/", n=1, expand=True)
    forecast["mean"] = forecast["mean"].clip(lower=0)
    forecast[["store_id", "item_id", "date", "mean"]].to_parquet(options.out, index=False)


if __name__ == "__main__":
    main()
