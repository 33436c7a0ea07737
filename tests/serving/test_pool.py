"""Large requests use the cores that the service may use, and no more threads than that."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tests.serving.process import Service
from tests.serving.wire import many


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no process to cores")
@pytest.mark.parametrize("most", [1, 2])
def test_parts_are_computed_on_as_many_cores_as_there_are(model_dir: Path, most: int) -> None:
    allowed = os.sched_getaffinity(0)
    cores = set(sorted(allowed)[:most])
    os.sched_setaffinity(0, cores)  # the service's as well
    try:
        with Service(model_dir, SERVING_THREADS="2", SERVING_DRAIN_SECONDS="0").ready() as service:
            process = psutil.Process(service.process.pid)
            before = process.num_threads()
            assert service.score(many(5000)).status == 200
            assert process.num_threads() == before + len(cores)
    finally:
        os.sched_setaffinity(0, allowed)
