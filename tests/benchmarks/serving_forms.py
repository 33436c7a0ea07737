"""The same question in each server's own form, and the numbers of its answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

HORIZON = 28
QUANTILES = (0.1, 0.5, 0.9)

Key = tuple[str, str]
"""(store_id, item_id)"""
Numbers = NDArray[np.float64]
"""(series, 1 + quantiles, days): the mean first."""


class Form(Protocol):
    """How a server is asked, and how it answers."""

    def ask(self, keys: Sequence[Key]) -> bytes:
        """The body that asks for a forecast of each series."""

    def read(self, answer: bytes) -> Numbers:
        """The numbers in an answer."""


class Score:
    """`POST /score` of ours; Azure's inference server passes bodies on unread, and its script takes the same."""

    def ask(self, keys: Sequence[Key]) -> bytes:
        series = [{"store_id": store, "item_id": item} for store, item in keys]
        return _json({"series": series, "horizon": HORIZON, "quantiles": QUANTILES})

    def read(self, answer: bytes) -> Numbers:
        return _rows(
            [[entry["mean"], *entry["quantiles"].values()] for entry in json.loads(answer)["forecasts"]],
        )


class PyfuncRows:
    """MLflow's split frame; the answer has one row a series with lists in its cells."""

    def ask(self, keys: Sequence[Key]) -> bytes:
        return _json(_split(keys))

    def read(self, answer: bytes) -> Numbers:
        rows = json.loads(answer)["predictions"]
        return _rows([[row[name] for name in _COLUMNS] for row in rows])


class PyfuncDays:
    """The product's own pyfunc: parameters in the request; the answer has one row a series and day."""

    def ask(self, keys: Sequence[Key]) -> bytes:
        return _json({**_split(keys), "params": {"horizon": HORIZON, "quantiles": QUANTILES}})

    def read(self, answer: bytes) -> Numbers:
        days = json.loads(answer)["predictions"]
        flat = np.array([[day[name] for name in _COLUMNS] for day in days])
        return flat.reshape(-1, HORIZON, len(_COLUMNS)).transpose(0, 2, 1)


_COLUMNS = ("mean", *map(str, QUANTILES))


def _split(keys: Sequence[Key]) -> dict[str, Any]:
    return {"dataframe_split": {"columns": ["store_id", "item_id"], "data": keys}}


def _rows(rows: list[list[list[float]]]) -> Numbers:
    return np.array(rows, np.float64)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
