"""Input drift: what is counted of a request, and the line that sums it up in the log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from serving.counters import Counters
from serving.drift import ColumnTotals, InputTotals
from serving.metrics import Metrics
from serving.model import Model
from serving.scoring import score
from tests.serving.process import Service, wait_until

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}


def counted(model: Model, **request: object) -> InputTotals:
    metrics = Metrics(Counters())
    asked, _, forecast = score(model, orjson.dumps({"series": [KEY], **request}))
    metrics.forecast(asked, forecast, model)
    return metrics.drift.totals(model)


def without_ranges(model: Model) -> Model:
    """The same model, trained before ranges were noted."""
    artifact = model.artifact
    return replace(model, artifact=replace(artifact, manifest=replace(artifact.manifest, ranges={})))


def test_a_plain_request_counts_its_volume_alone(model: Model) -> None:
    totals = counted(model, horizon=7)
    assert (totals.requests, totals.series, totals.days, totals.unknown) == (1, 1, 7, 0)
    assert (totals.fresh_series, totals.fresh_days) == (0, 0)
    assert set(totals.columns) == {"sales", "price", "known_payday"}
    assert {column.values for column in totals.columns.values()} == {0}


def test_unknown_series_are_counted_and_have_no_price(model: Model) -> None:
    entries = [KEY, {"store_id": "north_1", "item_id": "NEW"}]
    totals = counted(model, series=entries, unknown="fallback", horizon=7)
    assert (totals.series, totals.unknown, totals.unpriced) == (2, 1, 7)


def test_a_price_of_the_request_is_one_less_unknown(model: Model) -> None:
    new = {"store_id": "north_1", "item_id": "NEW", "future": [{"date": "2025-01-06", "price": 2.0}]}
    assert counted(model, series=[new], unknown="fallback", horizon=7).unpriced < 7


def test_values_outside_the_range_of_training_are_counted_by_column(model: Model) -> None:
    lowest, highest = model.artifact.manifest.ranges["price"]
    prices = (lowest, highest, highest * 1.01, lowest * 0.99)
    future = [{"date": f"2025-01-0{day}", "price": price} for day, price in enumerate(prices, start=1)]
    totals = counted(model, future=[{**KEY, **day} for day in future])
    assert totals.columns["price"] == ColumnTotals(4, 2)
    assert totals.columns["sales"] == ColumnTotals(0, 0)


def test_fresh_history_is_counted_in_days_after_training(model: Model) -> None:
    highest = model.artifact.manifest.ranges["sales"][1]
    history = [{**KEY, "date": "2025-01-03", "sales": highest + 1}]
    totals = counted(model, history=history)
    assert (totals.fresh_series, totals.fresh_days) == (1, 4)
    assert totals.columns["sales"] == ColumnTotals(1, 1)


def test_a_model_without_ranges_counts_no_values(model: Model) -> None:
    totals = counted(without_ranges(model), future=[{**KEY, "date": "2025-01-01", "price": 1e6}])
    assert totals.series == 1
    assert totals.columns == {}


def summaries(service: Service) -> list[dict[str, Any]]:
    return service.logged("input summary")


def test_the_log_sums_up_at_intervals_what_was_asked(model_dir: Path) -> None:
    settings = {"SERVING_SUMMARY_SECONDS": "0.1", "SERVING_DRAIN_SECONDS": "0"}
    with Service(model_dir, **settings).ready() as service:
        assert not summaries(service)
        service.score({"series": [KEY], "future": [{**KEY, "date": "2025-01-01", "price": 1e6}]})
        wait_until(lambda: summaries(service))
        service.score({"series": [KEY]})
        wait_until(lambda: summaries(service)[-1]["requests"] == 2)
        last = summaries(service)[-1]
    assert len(summaries(service)) == 2  # nothing new at the end
    assert last["columns"]["price"] == {"values": 1, "outside": 1}
    assert last["model_age_days"] > 0
    assert last["since"] < last["time"]


def test_the_end_sums_up_what_no_line_told_yet(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service:
        service.score({"series": [KEY]})
    assert [line["series"] for line in summaries(service)] == [1]


@pytest.mark.parametrize("workers", ["2", "3"])
def test_the_newest_summary_is_of_all_workers(model_dir: Path, workers: str) -> None:
    with Service(model_dir, SERVING_WORKERS=workers, SERVING_DRAIN_SECONDS="0").ready() as service:
        for _ in range(20):
            service.score({"series": [KEY]})
    assert summaries(service)[-1]["series"] == 20
