"""Several processes behind one port: they count together, are replaced when they die, and end together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.workers import Workers
from tests.serving.process import PATIENCE_SECONDS, Service, wait_until
from tests.serving.wire import ONE, metric


@pytest.fixture
def pair(model_dir: Path) -> Iterator[Service]:
    with Service(model_dir, SERVING_WORKERS="2", SERVING_DRAIN_SECONDS="0") as service:
        yield service.ready()


def pids(service: Service) -> dict[int, int]:
    """Worker -> the process that was last started for it."""
    return {line["worker"]: line["pid"] for line in service.logged("worker started")}


def scored(service: Service) -> float:
    return metric(service, 'retail_requests_total{route="/score",status="200"}')


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_metrics_add_up_over_the_workers(pair: Service) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: pair.score(ONE).status, range(40)))

    assert answers == [200] * 40
    assert len(pids(pair)) == 2
    wait_until(lambda: scored(pair) == 40)


def test_a_worker_that_dies_is_replaced_and_its_counts_stay(pair: Service) -> None:
    assert pair.score(ONE).status == 200
    wait_until(lambda: scored(pair) == 1)
    before = pids(pair)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(pids(pair)[worker] != pid for worker, pid in before.items()))

    assert pair.score(ONE).status == 200
    assert [line["exit_code"] for line in pair.logged("worker died")] == [-9, -9]
    wait_until(lambda: scored(pair) == 2)
    assert metric(pair, "retail_requests_in_flight") == 1


def test_sigterm_ends_all_workers_and_the_process_with_0(pair: Service) -> None:
    pair.process.send_signal(signal.SIGTERM)

    assert pair.process.wait(PATIENCE_SECONDS) == 0
    assert not any(alive(pid) for pid in pids(pair).values())
    assert not pair.logged("worker died")


def test_workers_end_when_their_parent_is_killed(pair: Service) -> None:
    pair.process.kill()

    wait_until(lambda: not any(alive(pid) for pid in pids(pair).values()))


def test_without_a_model_the_workers_stay_up_and_give_the_reason() -> None:
    with Service(None, SERVING_WORKERS="2", SERVING_DRAIN_SECONDS="0") as service:
        wait_until(lambda: len(pids(service)) == 2)

        assert "AZUREML_MODEL_DIR is not set" in service.get("/ready").json["reason"]
        assert len(service.logged("model not loaded")) == 1
        assert not service.logged("worker died")


def test_a_worker_that_keeps_dying_is_replaced_later_each_time(tmp_path: Path) -> None:
    """Its own process, because the parent takes its signals over: three lives, then the end is asked for."""
    lives = tmp_path / "lives"

    def serve(_: int) -> None:
        with lives.open("a") as file:
            file.write("x")
        if lives.stat().st_size == 3:
            os.kill(os.getppid(), signal.SIGTERM)
        raise ZeroDivisionError

    parent = os.fork()
    if parent == 0:
        workers = Workers(1, serve)
        workers.run()
        os._exit(0 if workers.pauses == [0.8] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(parent, 0)[1]) == 0
    assert lives.read_text() == "xxx"
