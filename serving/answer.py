"""Forecasts -> the JSON of the answer, without a Python object for each number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import orjson

from serving.request import ScoreRequest
from training.artifact import Forecast


def answer(model: orjson.Fragment, asked: ScoreRequest, forecast: Forecast) -> bytes:
    """{"model", "forecasts"}, the forecasts in the order of the request's `series`."""
    return joined(model, [entries(asked, forecast)])


def joined(model: orjson.Fragment, parts: Sequence[bytes]) -> bytes:
    """The same of a request whose ``entries`` were made in parts."""
    return b"".join((b'{"model":', orjson.dumps(model), b',"forecasts":[', b",".join(parts), b"]}"))


def entries(asked: ScoreRequest, forecast: Forecast) -> bytes:
    """The forecasts as the elements of a JSON list, without its brackets."""
    request, names = asked.forecast, asked.quantile_names
    origins = forecast.origin.astype(np.int64).tolist()
    forecasts: list[dict[str, object]] = []
    for row, (store, item) in enumerate(zip(request.store_ids, request.item_ids, strict=True)):
        entry: dict[str, object] = {"store_id": store, "item_id": item}
        if asked.ids[row] is not None:
            entry["id"] = asked.ids[row]
        if asked.unknown and not forecast.trained[row]:
            entry["fallback"] = True
        entry["dates"] = dates(origins[row], request.horizon)
        entry["mean"] = forecast.mean[row]
        entry["quantiles"] = {name: forecast.quantiles[row, place] for place, name in enumerate(names)}
        forecasts.append(entry)
    return orjson.dumps(forecasts, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


@lru_cache(maxsize=256)
def dates(origin: int, horizon: int) -> orjson.Fragment:
    """The days of a forecast, as JSON; ``origin`` in days since 1970-01-01."""
    days = np.arange(origin, origin + horizon).astype("datetime64[D]")
    return orjson.Fragment(orjson.dumps([str(day) for day in days]))
