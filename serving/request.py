"""The JSON of POST /score -> a checked request for the artifact. Every complaint names the field it is about.

Written by hand because a schema library would look at every number of a large request several times over; the checks
of single values are in ``fields``, of `series` in ``entries``, of `future` and `history` in ``day_rows``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving import fields
from serving.day_rows import Column, DayRows, RowSchemas
from serving.entries import Entries, count_unknown, read_entries
from serving.errors import RequestError, invalid
from training.artifact import Artifact, ForecastRequest
from training.artifact.answering import MOST_FRESH_DAYS
from training.features import HISTORY_DAYS

REQUEST_FIELDS = ["series", "horizon", "quantiles", "future", "history", "unknown"]
UNKNOWN = ("refuse", "fallback")
MOST_QUANTILES = 100
MOST_VALUES = 5_000_000
"""Means and quantiles of all days in one answer, some forty megabytes of JSON."""


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What was asked: the artifact's request, and what only the answer needs."""

    forecast: ForecastRequest
    ids: list[str | int | None]
    """The caller's own id of each row."""
    quantile_names: list[str]
    unknown: int
    """Rows of series that training had not."""


@dataclass(frozen=True, slots=True)
class RequestParser:
    """Checks requests against one model; made once, when it is loaded."""

    artifact: Artifact
    schemas: RowSchemas
    max_series: int

    def parse(self, body: object) -> ScoreRequest:
        """Raises RequestError: 413 for too many series, 422 for anything else that is wrong."""
        request = fields.mapping(body, "a JSON object with `series`")
        for name in request:
            if name not in REQUEST_FIELDS:
                raise fields.unknown_field(name, [*REQUEST_FIELDS, "input_data"])
        horizon = self._horizon(request)
        levels = self._quantiles(request)
        entries = fields.required(request, "series", lambda value: read_entries(value, self.max_series))
        _check_size(len(entries.keys) * horizon * (1 + len(levels)))
        unknown = count_unknown(self.artifact, entries.keys, _refuses_unknown(request))
        columns = self._columns(request, entries, horizon)
        return ScoreRequest(
            forecast=self._forecast_request(entries, horizon, levels, columns),
            ids=entries.ids,
            quantile_names=[str(level) for level in levels],
            unknown=unknown,
        )

    def _forecast_request(
        self, entries: Entries, horizon: int, levels: list[float], columns: dict[str, Column]
    ) -> ForecastRequest:
        points = {name: column.points() for name, column in columns.items()}
        return ForecastRequest(
            store_ids=[store for store, _ in entries.keys],
            item_ids=[item for _, item in entries.keys],
            horizon=horizon,
            quantiles=levels,
            history=points.get("sales"),
            price=points.get("price"),
            promo=points.get("promo"),
            event=points.get("event_name"),
            known={name: points[name] for name in self.artifact.manifest.spec.known if name in points},
            statics=entries.statics(),
        )

    def _horizon(self, request: dict[str, object]) -> int:
        longest = self.artifact.horizon_max
        if "horizon" not in request:
            return longest
        return fields.required(request, "horizon", lambda value: fields.whole_number(value, 1, longest))

    def _quantiles(self, request: dict[str, object]) -> list[float]:
        if "quantiles" not in request:
            return list(self.artifact.quantiles)
        return fields.required(request, "quantiles", self._levels)

    def _levels(self, value: object) -> list[float]:
        lowest, highest = self.artifact.quantile_range
        levels: list[float] = []
        if len(fields.items(value, "numbers")) > MOST_QUANTILES:
            raise invalid(f"expected at most {MOST_QUANTILES} levels, got {len(value)}")  # type: ignore[arg-type]
        for index, level in enumerate(fields.items(value, "numbers")):
            if type(level) is not float or not lowest <= level <= highest:
                what = f"a level from {lowest:g} to {highest:g}"
                raise fields.expected(what, level).within(f"[{index}]")
            if level in levels:
                raise invalid(f"{level} is asked twice", f"[{index}]")
            levels.append(level)
        return levels

    def _columns(self, request: dict[str, object], entries: Entries, horizon: int) -> dict[str, Column]:
        """All single days of the request by column. An entry's own row stands above the request's."""
        columns: dict[str, Column] = {}
        history = DayRows(self.schemas.history, columns, required="sales")
        future = DayRows(self.schemas.future, columns)
        for name, day_rows in (("history", history), ("future", future)):
            _collect(name, day_rows, request, entries)
        if history.rows or future.rows:
            self._check_days(history, future, len(entries.keys), horizon)
        return columns

    def _check_days(self, history: DayRows, future: DayRows, n: int, horizon: int) -> None:
        trained_to = int(self.artifact.origin.astype(np.int64))
        origin: NDArray[np.int64] = np.full(n, trained_to)
        history.check_days(origin - HISTORY_DAYS, origin + MOST_FRESH_DAYS - 1, "the history that a forecast can use")
        np.maximum.at(origin, np.array(history.rows, np.intp), np.array(history.days, np.int64) + 1)
        future.check_days(origin, origin + horizon - 1, "the days of this forecast")


def _check_size(values: int) -> None:
    if values > MOST_VALUES:
        message = f"the answer would hold {values} numbers; send fewer series at a time, so that it holds {MOST_VALUES}"
        raise RequestError(413, "too-many-values", message, "series")


def _collect(name: str, day_rows: DayRows, request: dict[str, object], entries: Entries) -> None:
    if name in request:
        try:
            day_rows.add_keyed_list(request[name], entries.rows_of(), name)
        except RequestError as error:
            raise error.within(name) from None
    for row, entry in enumerate(entries.values):
        if name in entry:
            try:
                day_rows.add_list(entry[name], row, f"series[{row}].{name}")
            except RequestError as error:
                raise error.within(name).within(f"series[{row}]") from None


def _refuses_unknown(request: dict[str, object]) -> bool:
    choice = request.get("unknown", "refuse")
    if choice not in UNKNOWN:
        raise fields.expected(" or ".join(f'"{word}"' for word in UNKNOWN), choice).within("unknown")
    return choice == "refuse"
