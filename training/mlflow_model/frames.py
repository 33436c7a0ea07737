"""Data frames in the data contract <-> requests and forecasts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.artifact import Artifact, Forecast, ForecastRequest, Points

KEY = ("store_id", "item_id")
STATICS = ("dept_id", "cat_id", "state_id")


def request_of(frame: pd.DataFrame, artifact: Artifact, horizon: int, quantiles: Sequence[float]) -> ForecastRequest:
    """The request that a frame of the data contract makes: one forecast for each series that stands in it.

    Only ``store_id`` and ``item_id`` are needed. Rows with a ``date`` also say what happened or is known: ``sales``
    is history after (or correcting) the training data, ``price``, ``promo``, ``event_name`` and ``known_*`` hold on
    past and future days alike. ValueError when a key column is missing.
    """
    absent = [name for name in KEY if name not in frame.columns]
    if absent:
        raise ValueError(f"the input has no column '{absent[0]}'; expected at least store_id and item_id")
    keys = list(zip(*(frame[name].astype(str) for name in KEY), strict=True))
    order = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    rows = np.array([order[key] for key in keys], np.intp)
    first = np.unique(rows, return_index=True)[1]
    days = _Days(frame, rows)
    events = None
    if "event_name" in frame.columns:
        codes = {name: artifact.predictor.spec.event_code(name) for name in frame["event_name"].dropna().unique()}
        events = days.points(frame["event_name"].map(codes))
    return ForecastRequest(
        store_ids=[store for store, _ in order],
        item_ids=[item for _, item in order],
        horizon=horizon,
        quantiles=quantiles,
        history=days.column("sales"),
        price=days.column("price"),
        promo=days.column("promo"),
        event=events,
        known={name: points for name in artifact.predictor.spec.known if (points := days.column(name)) is not None},
        statics={
            name: frame[name].fillna("").astype(str).to_numpy()[first].tolist()
            for name in STATICS
            if name in frame.columns
        },
    )


def frame_of(request: ForecastRequest, forecast: Forecast) -> pd.DataFrame:
    """One row a series and day: ``store_id, item_id, date, mean`` and a column for each level, named by it."""
    n, horizon = forecast.mean.shape
    columns = {
        "store_id": np.repeat(np.array(request.store_ids, object), horizon),
        "item_id": np.repeat(np.array(request.item_ids, object), horizon),
        "date": forecast.dates.ravel().astype("datetime64[ns]"),
        "mean": forecast.mean.ravel(),
    }
    levels = {f"{level:g}": forecast.quantiles[:, place].ravel() for place, level in enumerate(request.quantiles)}
    return pd.DataFrame({**columns, **levels}, index=pd.RangeIndex(n * horizon))


class _Days:
    """The rows of a frame that speak of a day."""

    def __init__(self, frame: pd.DataFrame, rows: NDArray[np.intp]) -> None:
        self._frame, self._rows = frame, rows
        dates = pd.to_datetime(frame["date"]) if "date" in frame.columns else pd.Series(pd.NaT, frame.index)
        self._dates = dates.to_numpy("datetime64[D]")

    def column(self, name: str) -> Points | None:
        """The values of a numeric column, None when the frame lacks it."""
        return self.points(self._frame[name]) if name in self._frame.columns else None

    def points(self, values: pd.Series[float]) -> Points:
        given = pd.to_numeric(values).to_numpy(np.float32, na_value=np.nan)
        use = ~np.isnat(self._dates) & ~np.isnan(given)
        return Points(self._rows[use], self._dates[use], given[use])
