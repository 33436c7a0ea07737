"""Histograms and minutes, without a clock; then what a real router reports and logs."""

import json
import time
import tracemalloc
from pathlib import Path
from threading import Event

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailctl.emulator.router.access_log import AccessLog
from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.metrics import Histogram, MinuteMetrics
from retailctl.emulator.router.series import Series
from retailctl.emulator.router.table import RouteTable
from tests.contract.polling import until as eventually
from tests.emulator.router.conftest import calling, table
from tests.emulator.router.containers import Container, answering
from tests.emulator.waiting import until

MINUTE = 1_800_000_000 // 60 * 60
VALUES = st.lists(st.floats(0.02, 200_000), min_size=1, max_size=300)


def rows_of(series: Series, since: float = 0, until: float = 1e12) -> list[MinuteMetrics]:
    return [MinuteMetrics.from_json(orjson.loads(row)) for _, row in series.rows(since, until)]


@given(VALUES, st.sampled_from([50, 90, 95, 99, 100]))
def test_percentiles_are_within_two_percent_of_the_exact_ones(values: list[float], percent: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    exact = sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]
    assert histogram.percentile(percent) == pytest.approx(exact, rel=0.02)


@given(VALUES, VALUES)
def test_merged_histograms_are_the_histogram_of_all(first: list[float], second: list[float]) -> None:
    parts = []
    for values in (first, second, first + second):
        parts.append(Histogram())
        for value in values:
            parts[-1].record(value)
    parts[0].merge(Histogram.from_flat(parts[1].flat()))
    assert sorted(parts[0].flat()) == sorted(parts[2].flat())
    assert parts[0].count == len(first) + len(second)


def test_an_empty_histogram_has_no_percentile() -> None:
    assert Histogram().percentile(95) is None


def test_requests_are_counted_by_minute_status_and_model_status() -> None:
    series = Series("blue", mirrored=False)
    for second, status, model in ((0, 200, 200), (59, 424, 500), (59.9, 200, 200), (60, 408, None)):
        series.record(MINUTE + second, status, model, 10.0, size_in=3, size_out=5)
    first, second_row = rows_of(series)
    assert (first.minute, first.requests) == (MINUTE, {(200, 200): 2, (424, 500): 1})
    assert (first.latency_sum_ms, first.bytes_in, first.bytes_out) == (30.0, 9, 15)
    assert (second_row.minute, second_row.requests) == (MINUTE + 60, {(408, None): 1})
    assert (first.latency.count, second_row.latency.count) == (3, 1)


def test_rows_are_those_that_begin_in_the_window() -> None:
    series = Series("blue", mirrored=False)
    for minute in range(5):
        series.record(MINUTE + 60 * minute, 200, 200, 1.0, 0, 0)
    assert [row.minute for row in rows_of(series, MINUTE + 60, MINUTE + 180)] == [MINUTE + 60, MINUTE + 120]


def test_minutes_are_forgotten_after_two_days() -> None:
    series = Series("blue", mirrored=False)
    for minute in range(0, 3 * 24 * 60, 10):
        series.record(MINUTE + 60 * minute, 200, 200, 1.0, 0, 0)
    kept = rows_of(series)
    assert kept[0].minute >= MINUTE + 86_400 - 600
    assert 280 < len(kept) <= 290
    assert series.is_empty(MINUTE + 6 * 86_400)


@pytest.mark.anyio
async def test_the_router_reports_each_slot_s_minutes(
    own_router: RouterClient, blue: Container, green: Container
) -> None:
    green.answer = answering(500, b"broken")
    await own_router.apply(table(blue, green))
    before = time.time() // 60 * 60
    async with calling(own_router) as caller:
        for _ in range(3):
            await caller.post("/shop/score", content=b"12345")
        await caller.get("/shop/score", headers={"azureml-model-deployment": "green"})
        await caller.get("/shop/score", headers={"Authorization": "Bearer wrong"})
        await caller.get("/nowhere/score")
    rows = await own_router.metrics("shop", before, time.time() + 1)
    found = {(row.slot, row.mirrored): row for row in rows}
    assert found["blue", False].requests == {(200, 200): 3}
    assert (found["blue", False].bytes_in, found["blue", False].bytes_out) == (15, 6)
    assert found["green", False].requests == {(424, 500): 1}
    assert found["", False].requests == {(401, None): 1}
    latency = found["blue", False].latency
    assert latency.count == 3
    assert 0.01 < (latency.percentile(50) or 0) < 5000
    assert await own_router.metrics("nowhere", 0, 1e12) == []


def test_a_closed_minute_takes_little_more_memory_than_its_text() -> None:
    series = Series("blue", mirrored=False)
    tracemalloc.start()
    try:
        for minute in range(30):
            for value in range(1, 100):
                series.record(MINUTE + 60 * minute, 200, 200, value, 1, 1)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    text = sum(len(row) for _, row in series.rows(0, 1e12))
    assert taken < 1.5 * text + 20_000


@pytest.mark.anyio
async def test_metrics_survive_the_slot_s_removal(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue))
    await caller.get("/shop/score")
    count = await _requests(router, "blue")
    await router.apply(table(green))
    assert await _requests(router, "blue") == count


async def _requests(router: RouterClient, slot: str) -> int:
    rows = await router.metrics("shop", 0, 1e12)
    return sum(sum(row.requests.values()) for row in rows if row.slot == slot)


@pytest.mark.anyio
async def test_the_access_log_has_a_line_for_every_request(own_router: RouterClient, blue: Container) -> None:
    blue.answer = answering(422, b"bad")
    await own_router.apply(table(blue))
    async with calling(own_router) as caller:
        response = await caller.post("/shop/score", content=b"{}", headers={"x-ms-client-request-id": "mine"})
    await own_router.stop()
    (line,) = (own_router.log_folder / "shop.access.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["slot"], entry["method"], entry["status"], entry["modelStatusCode"]) == ("blue", "POST", 424, 422)
    assert (entry["xRequestId"], entry["xMsClientRequestId"]) == (response.headers["x-request-id"], "mine")
    assert (entry["bytesIn"], entry["bytesOut"], entry["mirrored"]) == (2, 3, False)
    assert entry["time"].endswith("Z")
    assert entry["latencyMs"] > 0


def test_the_access_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retailctl.emulator.router.access_log._MAX_FILE_BYTES", 10_000)
    log = AccessLog(tmp_path)
    log.keep({"shop"})
    for _ in range(50):
        for _ in range(10):
            log.add("shop", {"text": "x" * 100})
        log.flush()
    log.close()
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["shop.access.jsonl", "shop.access.jsonl.1"]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 20_000
    assert all(json.loads(line) for file in tmp_path.iterdir() for line in file.read_text().splitlines())


def _descriptors(process: int | None, folder: Path) -> list[Path]:
    opened = [path.readlink() for path in Path(f"/proc/{process}/fd").iterdir() if path.is_symlink()]
    return [path for path in opened if path.is_relative_to(folder) and "access" in path.name]


def test_lines_that_wait_for_the_disk_take_little_more_memory_than_their_text(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    log.keep({"shop"})
    tracemalloc.start()
    try:
        for _ in range(1_000):
            log.add("shop", {"text": "x" * 100})
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    log.close()
    assert taken < 2 * 112 * 1_000


def test_lines_that_the_disk_did_not_take_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retailctl.emulator.router.access_log._MAX_WAITING", 1)
    write, begin = AccessLog._write, Event()
    monkeypatch.setattr(AccessLog, "_write", lambda log: (begin.wait(30), write(log)))
    log = AccessLog(tmp_path)
    log.keep({"shop"})
    for batch in range(2):  # the first one waits, there is no room for the second
        for line in range(3):
            log.add("shop", {"line": 3 * batch + line})
        log.flush()
    begin.set()
    file = tmp_path / "shop.access.jsonl"
    eventually(file.exists)
    log.add("shop", {"line": 6})
    log.close()
    said = [json.loads(line) for line in file.read_text().splitlines()]
    assert said == [{"line": 0}, {"line": 1}, {"line": 2}, {"dropped": 3}, {"line": 6}]


@pytest.mark.anyio
async def test_the_access_log_goes_with_its_endpoint(own_router: RouterClient, blue: Container) -> None:
    folder = own_router.log_folder
    await own_router.apply(table(blue))
    async with calling(own_router) as caller:
        await caller.get("/shop/score")
    await until(lambda: _descriptors(own_router.pid, folder), "the log")
    (folder / "shop.access.jsonl.1").touch()
    await own_router.apply(RouteTable())
    await until(lambda: not _descriptors(own_router.pid, folder), "the end of the log")
    await until(lambda: not list(folder.glob("*.access.jsonl*")), "the removal of its files")


def test_a_request_that_outlives_its_endpoint_leaves_no_access_log(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    log.keep({"shop"})
    log.add("shop", {"text": "in time"})
    log.keep(set())
    log.add("shop", {"text": "late"})
    log.close()
    assert not list(tmp_path.iterdir())
