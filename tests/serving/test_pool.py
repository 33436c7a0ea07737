"""The parts of a large request are computed side by side, on as many cores as there are."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator

import pytest

from serving import pool
from serving.admission import Admission
from serving.counters import Counters
from serving.metrics import Metrics
from serving.model import Model
from serving.request import ScoreRequest
from serving.scoring import read
from serving.settings import Settings
from tests.serving.wire import many

HORIZON = 28
PATIENCE_SECONDS = 30

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no process to cores")


@pytest.fixture(params=[1, 2])
def cores(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many this process may use meanwhile."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[: request.param]))
    yield len(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed)


def answered(model: Model, asked: ScoreRequest) -> bytes:
    metrics = Metrics(Counters())
    threads = pool.Pool(2, metrics)

    async def ask() -> bytes:
        with Admission(Settings(), metrics).enter(0) as ticket:
            _, content = await threads.forecast(model, asked, ticket, asyncio.sleep(PATIENCE_SECONDS))
            return content

    try:
        return asyncio.run(ask())
    finally:
        threads.close()


def test_as_many_parts_at_once_as_there_are_cores(cores: int, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    together, alone, active, most = threading.Barrier(cores), pool._forecast, set[int](), 0

    def watched(model: Model, part: ScoreRequest) -> object:
        nonlocal most
        active.add(threading.get_ident())
        most = max(most, len(active))
        together.wait(PATIENCE_SECONDS)
        done = alone(model, part)
        active.discard(threading.get_ident())
        return done

    monkeypatch.setattr(pool, "PART_WORK", 10 * HORIZON)
    monkeypatch.setattr(pool, "_forecast", watched)
    content = answered(model, read(model, json.dumps({**many(40), "horizon": HORIZON}).encode()))

    assert [each["id"] for each in json.loads(content)["forecasts"]] == list(range(40))
    assert most == cores
