"""Some tens of seconds of mixed load leave memory, descriptors and threads where they were, and every answer is a 200.

`tests/benchmarks/serving_soak.py` does the same for an hour at half of the highest rate.
"""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from serving.model import Model
from tests.benchmarks.serving_load import Job, Load, generate
from tests.serving.process import Service, wait_until

RATE = 120
CLIENTS = 16
WARM_SECONDS, SECONDS = 8.0, 30.0
MOST_GROWTH_MIB = 4.0


@pytest.fixture
def bodies(model: Model, tmp_path: Path) -> Path:
    """One series, all series, a what-if with prices and fresh sales, and an unknown item, in turn."""
    series = [{"store_id": store, "item_id": item} for store, item in model.artifact.series]
    origin = str(model.artifact.origin)
    what_if = [{**series[0], "id": price, "future": [{"date": origin, "price": price}]} for price in (1, 2)]
    fresh = {**series[1], "history": [{"date": origin, "sales": 3}]}
    new = {"store_id": series[0]["store_id"], "item_id": "NEW"}
    requests = [
        *({"series": [one], "horizon": 28, "quantiles": [0.1, 0.5, 0.9]} for one in series),
        {"series": series},
        {"series": what_if, "horizon": 7},
        {"series": [fresh]},
        {"series": [new], "unknown": "fallback"},
    ]
    file = tmp_path / "bodies"
    file.write_text("\n".join(map(json.dumps, requests)))
    return file


@pytest.mark.timeout(180)
def test_a_long_load_leaves_memory_descriptors_and_threads_where_they_were(
    model_dir: Path, bodies: Path, tmp_path: Path
) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0") as service:
        service.ready()
        process = psutil.Process(service.process.pid)

        def load(seconds: float) -> Load:
            return generate(Job(service.port, "/score", str(bodies), CLIENTS, seconds, RATE), tmp_path)

        resting = process.num_fds()
        warm = load(WARM_SECONDS)
        before, threads = process.memory_full_info().uss, process.num_threads()
        long = load(SECONDS)
        grown = (process.memory_full_info().uss - before) / 2**20

        assert warm.failed == long.failed == 0, warm.failure or long.failure
        assert long.answered > RATE * SECONDS / 2
        assert grown < MOST_GROWTH_MIB
        assert process.num_threads() <= threads
        wait_until(lambda: process.num_fds() <= resting)
