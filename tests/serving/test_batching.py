"""Small requests share a forecast, large ones are forecast in parts: neither changes an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.admission import Admission
from serving.batching import MOST_WORK, Batcher
from serving.counters import Counters
from serving.errors import RequestError
from serving.metrics import Metrics
from serving.model import Model
from serving.parts import join, split
from serving.request import ScoreRequest
from serving.scoring import read
from serving.settings import Settings
from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, many, metric
from training.artifact import Artifact, Forecast, ForecastRequest

ITEMS = ["GROCERY_001", "HOUSEHOLD_002", "LEISURE_003"]


def asked(model: Model, body: object) -> ScoreRequest:
    return read(model, json.dumps(body).encode())


def series(item: str, store: str = "north_1", **more: object) -> dict[str, object]:
    return {"store_id": store, "item_id": item, **more}


def together(model: Model, requests: Sequence[ScoreRequest]) -> tuple[list[Forecast | BaseException], str]:
    """What became of requests that arrive in one turn of the loop, and the metrics."""
    metrics = Metrics(Counters())
    batcher, admission = Batcher(metrics), Admission(Settings(), metrics)

    async def all_at_once() -> list[Forecast | BaseException]:
        waiting: list[Awaitable[Forecast]] = [batcher.forecast(model, each, admission.enter(0)) for each in requests]
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(all_at_once()), metrics.exposition(model, ready=True)


def assert_same(one: Forecast | BaseException, other: Forecast) -> None:
    assert isinstance(one, Forecast), one
    for name in ("origin", "mean", "quantiles", "trained"):
        np.testing.assert_allclose(
            getattr(one, name).astype(np.float64), getattr(other, name).astype(np.float64), rtol=1e-6
        )


def test_requests_of_one_turn_share_a_forecast_and_each_gets_its_own_answer(model: Model) -> None:
    requests = [asked(model, {"series": [series(item)], "horizon": days}) for days, item in enumerate(ITEMS, start=1)]

    forecasts, metrics = together(model, requests)

    assert "retail_forecast_batch_requests_count 1\n" in metrics
    for request, forecast in zip(requests, forecasts, strict=True):
        assert_same(forecast, model.artifact.forecast(request.forecast))


def test_after_a_batch_the_next_one_has_another_turn_to_gather(model: Model) -> None:
    request = asked(model, ONE)
    metrics = Metrics(Counters())
    batcher, admission = Batcher(metrics), Admission(Settings(), metrics)

    async def a_turn_later() -> Forecast:
        await asyncio.sleep(0)
        return await batcher.forecast(model, request, admission.enter(0))

    async def two_rounds() -> None:
        await asyncio.gather(*(batcher.forecast(model, request, admission.enter(0)) for _ in range(2)))
        await asyncio.gather(*(batcher.forecast(model, request, admission.enter(0)) for _ in range(2)), a_turn_later())

    asyncio.run(two_rounds())

    text = metrics.exposition(model, ready=True)
    assert "retail_forecast_batch_requests_count 2\n" in text
    assert "retail_forecast_batch_requests_sum 5" in text


def test_a_batch_is_bounded_so_that_probes_come_in_between(model: Model) -> None:
    half = {"series": many(MOST_WORK // 28 // 2)["series"], "horizon": 28}
    _, metrics = together(model, [asked(model, half) for _ in range(4)])

    assert "retail_forecast_batch_requests_count 2\n" in metrics
    assert "retail_forecast_batch_requests_sum 4" in metrics


def test_a_request_that_cannot_be_forecast_hurts_only_its_sender(model: Model) -> None:
    good = asked(model, ONE)
    bad = replace(good, forecast=replace(good.forecast, quantiles=(2.0,)))

    forecasts, _ = together(model, [good, bad, good])

    assert isinstance(forecasts[1], RequestError)
    assert (forecasts[1].status, forecasts[1].field) == (422, "quantiles")
    for place in (0, 2):
        assert_same(forecasts[place], model.artifact.forecast(good.forecast))


class Faulty(Artifact):
    """Breaks, as a bug of ours would, whenever it is asked for two days."""

    def forecast_many(self, requests: Sequence[ForecastRequest]) -> list[Any]:
        if any(request.horizon == 2 for request in requests):
            raise ZeroDivisionError
        return super().forecast_many(requests)


def test_a_fault_that_one_request_brings_about_hurts_only_its_sender(model: Model) -> None:
    artifact = model.artifact
    faulty = replace(model, artifact=Faulty(artifact.manifest, artifact.predictor, artifact.table))
    requests = [asked(model, {**ONE, "horizon": days}) for days in (1, 2, 3)]

    forecasts, _ = together(faulty, requests)

    assert isinstance(forecasts[1], ZeroDivisionError)
    for place in (0, 2):
        assert_same(forecasts[place], artifact.forecast(requests[place].forecast))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_parts_are_answered_like_the_whole(model: Model, size: int) -> None:
    origin = model.artifact.origin
    days = [str(origin + day) for day in range(3)]
    whole = asked(
        model,
        {
            "series": [
                series("GROCERY_001", id=1, future=[{"date": days[1], "price": 2.5}]),
                series("HOUSEHOLD_002", history=[{"date": days[0], "sales": 7}]),
                series("GROCERY_001", id=2),
                series("SOMETHING_NEW", dept_id="GROCERY"),
                series("LEISURE_003", store="south_1"),
            ],
            "future": [series("GROCERY_001", date=days[1], price=9.0), series("GROCERY_001", date=days[2], price=1.0)],
            "unknown": "fallback",
        },
    )
    parts = split(whole, size)

    assert [len(part.ids) for part in parts] == [min(size, 5 - start) for start in range(0, 5, size)]
    joined = join([model.artifact.forecast(part.forecast) for part in parts])
    assert_same(joined, model.artifact.forecast(whole.forecast))


def test_small_requests_and_probes_are_answered_while_a_large_one_is_computed(model_dir: Path) -> None:
    body = {"series": [series(ITEMS[place % 3], id=place) for place in range(10_000)]}
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service, ThreadPoolExecutor(1) as thread:
        large = thread.submit(service.score, body)
        wait_until(lambda: metric(service, "retail_queued_series") == 10_000)
        alone = {item: service.score({"series": [series(item)]}).json["forecasts"][0]["mean"] for item in ITEMS}
        assert service.get("/ready").status == 200
        assert metric(service, "retail_queued_series") == 10_000  # the large one is not done
        forecasts = large.result().json["forecasts"]

    assert [entry["id"] for entry in forecasts] == list(range(10_000))
    for entry in forecasts[::97]:
        assert entry["mean"] == pytest.approx(alone[entry["item_id"]], rel=1e-5)
