"""The counters: what /metrics says, in the format that Prometheus reads, summed over workers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from serving.counters import CELLS, Counters
from serving.exposition import Distribution, Family, exposition
from serving.metrics import Metrics
from serving.model import Model
from serving.processes import Process
from serving.scoring import score
from tests.serving.process import Service, wait_until

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}], "horizon": 5}
LABEL = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{{LABEL}(?:,{LABEL})*\}})? ([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)")


def samples(text: str) -> dict[str, float]:
    """Name with labels -> value."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_every_line_is_of_the_exposition_format(service: Service) -> None:
    service.score(ONE)
    announced: dict[str, str] = {}
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in announced
            announced[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.fullmatch(line)
            assert found, line
            name = found[1]
            assert (name if name in announced else re.sub("_(bucket|sum|count)$", "", name)) in announced
    assert set(announced.values()) == {"counter", "gauge", "histogram"}


def test_prometheus_own_parser_reads_it(service: Service) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    service.score(ONE)
    families = {
        family.name: family for family in parser.text_string_to_metric_families(service.get("/metrics").body.decode())
    }
    assert families["retail_requests"].type == "counter"
    assert families["retail_request_duration_seconds"].type == "histogram"
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6


def test_the_process_is_told_under_the_usual_names(service: Service) -> None:
    said = samples(service.get("/metrics").body.decode())

    assert said["retail_workers"] == 1
    assert said['process_resident_memory_bytes{worker="0"}'] > 1e7
    assert said['process_cpu_seconds_total{worker="0"}'] > 0
    assert said['process_open_fds{worker="0"}'] > 3
    assert said['process_start_time_seconds{worker="0"}'] > 1.7e9


def test_callers_cannot_invent_labels(service: Service) -> None:
    for path in ("/nowhere", "/else", "/score/x"):
        service.get(path)
    text = service.get("/metrics").body.decode()

    assert 'route="other",status="404"' in text
    assert not re.search("nowhere|else|score/x", text)


def test_stages_and_batches_of_forecasts_are_told(service: Service) -> None:
    service.score(ONE)
    said = samples(service.get("/metrics").body.decode())

    assert said["retail_forecast_batch_requests_count"] >= 1
    assert said['retail_forecast_stage_seconds_count{stage="compute"}'] >= 1
    assert said["retail_queued_requests"] == 0


def test_any_worker_answers_for_all(model_dir: Path) -> None:
    with Service(model_dir, SERVING_WORKERS="2", SERVING_DRAIN_SECONDS="0").ready() as service:
        for _ in range(40):
            assert service.score(ONE).status == 200
        wait_until(lambda: samples(service.get("/metrics").body.decode())["retail_forecast_series_total"] == 40)
        said = samples(service.get("/metrics").body.decode())
        assert said["retail_workers"] == 2
        pids = {line["pid"] for line in service.log if line.get("path") == "/score"}
    assert pids
    assert pids <= {line["pid"] for line in service.logged("worker started")}


def test_a_restarted_worker_counts_on_and_its_gauges_begin_anew() -> None:
    counters = Counters(2)
    metrics = Metrics(counters)
    counters.claim(1)
    metrics.began()
    metrics.queue(3, 30)
    metrics.shed("series")
    counters.claim(1)
    said = samples(metrics.exposition(None, ready=False))

    assert said['retail_requests_shed_total{reason="series"}'] == 1
    assert (said["retail_queued_requests"], said["retail_queued_series"], said["retail_requests_in_flight"]) == (
        0,
        0,
        0,
    )


def test_a_child_counts_in_memory_that_its_parent_reads(model: Model) -> None:
    counters = Counters(2)
    metrics = Metrics(counters)
    asked, _, forecast = score(model, b'{"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}')
    child = os.fork()
    if child == 0:
        counters.claim(1)
        metrics.forecast(asked, forecast, model)
        os._exit(0)
    os.waitpid(child, 0)
    metrics.forecast(asked, forecast, model)

    assert metrics.drift.totals(model).series == 2
    assert metrics.drift.totals(model, worker=1).series == 1


def test_blocks_have_one_place_and_an_end() -> None:
    counters = Counters()
    assert counters.block("one", 3) == counters.block("one", 3)
    assert counters.block("two") == counters.block("one", 3) + 3
    with pytest.raises(ValueError, match="are left"):
        counters.block("three", CELLS)


def test_a_dead_process_is_not_told() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert Process.of(child) is None  # dead, and not yet waited for
    os.waitpid(child, 0)
    assert Process.of(child) is None


def test_values_of_labels_are_escaped() -> None:
    text = exposition([Family("a", "gauge", "Of a.", [({"b": 'x"\\\n'}, 1)])])
    assert text.splitlines()[-1] == 'a{b="x\\"\\\\\\n"} 1'


def test_a_histogram_is_cumulative() -> None:
    text = exposition([Family("h", "histogram", "Of h.", [({}, Distribution((1.0, 2.0), (3, 0, 4), 21.5))])])
    assert text.splitlines()[2:] == [
        'h_bucket{le="1.0"} 3',
        'h_bucket{le="2.0"} 3',
        'h_bucket{le="+Inf"} 7',
        "h_sum 21.5",
        "h_count 7",
    ]
