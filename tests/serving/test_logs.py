"""One JSON line a request, joined to the platform's logs by its ids, with nothing in it that is private."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.logs import JsonLines, LineWriter, Seldom
from tests.serving.process import CHECKOUT, Service, wait_until

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}


def test_a_request_is_one_line_with_ids_status_latency_and_slot(service: Service) -> None:
    ids = {"x-request-id": "11-22", "x-ms-client-request-id": "mine"}
    answer = service.score({"series": [KEY], "horizon": 4}, **ids)
    wait_until(lambda: lines(service, "11-22"))
    (line,) = lines(service, "11-22")

    assert {name: answer.headers[name] for name in ids} == ids
    assert (
        line.items()
        >= {
            "level": "INFO",
            "message": "request",
            "method": "POST",
            "path": "/score",
            "status": 200,
            "slot": "blue",
            "series": 1,
            "horizon": 4,
            "x-ms-client-request-id": "mine",
        }.items()
    )
    assert line["duration_ms"] > 0
    assert line["pid"] > 0


def test_a_refused_request_is_logged_with_its_code_and_field(service: Service) -> None:
    service.score({"series": [{"store_id": "north_1", "item_id": 3}]}, **{"x-request-id": "refused-1"})
    wait_until(lambda: lines(service, "refused-1"))

    assert (
        lines(service, "refused-1")[0].items()
        >= {"status": 422, "error": "invalid-value", "field": "series[0].item_id"}.items()
    )


def test_a_missing_or_unsafe_request_id_is_made_up(service: Service) -> None:
    made = [service.score({"series": [KEY]}).headers["x-request-id"] for _ in range(2)]
    unsafe = service.score({"series": [KEY]}, **{"x-request-id": 'a" b'}).headers["x-request-id"]

    assert len({*made, unsafe}) == 3
    assert all(len(name) == 32 for name in (*made, unsafe))


def test_bodies_and_keys_are_not_logged(service: Service) -> None:
    service.score({"series": [{"store_id": "private-store", "item_id": "x"}]}, authorization="Bearer private-key")
    service.score({"series": [KEY]}, **{"x-request-id": "last"})
    wait_until(lambda: lines(service, "last"))

    assert "private" not in str(service.log)


def test_probes_are_logged_only_for_debugging(model_dir: Path) -> None:
    with Service(model_dir, SERVING_LOG_LEVEL="DEBUG", SERVING_DRAIN_SECONDS="0").ready() as debugging:
        wait_until(lambda: any(line.get("path") == "/ready" for line in debugging.log))
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as usual:
        usual.get("/version")
        wait_until(lambda: any(line.get("path") == "/version" for line in usual.log))
        assert not any(line.get("path") == "/ready" for line in usual.log)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """(read end, write end that never waits), both open until the test is over."""
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    yield ends
    for end in ends:
        os.close(end)


def read_lines(end: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in os.read(end, 1 << 20).splitlines() if line.endswith(b"}")]


def test_lines_that_nobody_takes_are_dropped_and_counted(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = LineWriter(writing)
    line = json.dumps({"message": "x" * 1000}).encode()
    for _ in range(200):  # a pipe holds 64 KiB
        writer.write(line)
    taken = read_lines(reading)
    writer.write(json.dumps({"message": "after"}).encode())
    note, after = read_lines(reading)

    assert note["message"] == "log lines dropped"
    assert 190 <= len(taken) + note["lines"] <= 200
    assert after == {"message": "after"}


def test_a_line_that_was_taken_in_part_does_not_spoil_the_next(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = LineWriter(writing)
    writer.write(json.dumps({"message": "x" * 100_000}).encode())
    os.read(reading, 1 << 20)
    writer.write(b'{"message": "after"}')
    assert read_lines(reading) == [{"message": "after"}]


def test_a_broken_log_is_no_failure(pipe: tuple[int, int]) -> None:
    closed = os.open(os.devnull, os.O_RDONLY)  # cannot be written to
    LineWriter(closed).write(b"{}")
    os.close(closed)
    LineWriter(closed).write(b"{}")


def test_secrets_are_starred_in_any_record(pipe: tuple[int, int]) -> None:
    handler = JsonLines("blue", LineWriter(pipe[1]))
    handler.secrets = ("the-key",)
    try:
        raise ValueError("at https://host/?k=the-key")
    except ValueError:
        record = logging.LogRecord("azure", logging.ERROR, "", 0, "with %s", ("the-key",), sys.exc_info())
    handler.emit(record)
    (line,) = read_lines(pipe[0])

    assert line["message"] == "with ***"
    assert line["exception"].endswith("ValueError: at https://host/?k=***")


def test_a_library_complains_of_one_thing_once_a_minute() -> None:
    def record(name: str, line: int, seconds: float) -> logging.LogRecord:
        made = logging.LogRecord(name, logging.WARNING, "retry.py", line, "again", (), None)
        made.created = seconds
        return made

    seldom = Seldom()
    told = [
        (line, at) for line, at in ((1, 100), (1, 120), (2, 130), (1, 161)) if seldom.filter(record("azure", line, at))
    ]
    assert told == [(1, 100), (2, 130), (1, 161)]
    assert all(seldom.filter(record("serving", 3, at)) for at in (100, 101))


@pytest.mark.parametrize("stderr", ["closed", "full", "gone", "not read"])
def test_a_log_that_nobody_takes_stops_nothing(model_dir: Path, pipe: tuple[int, int], stderr: str) -> None:
    os.set_blocking(pipe[1], True)  # as the platform hands it over
    command = [sys.executable, "-m", "tests.serving.asks_itself"]
    if stderr == "closed":
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    if stderr == "gone":
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), pipe[0])  # nobody has the other end of the pipe now
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            command,
            cwd=CHECKOUT,
            env={**os.environ, "AZUREML_MODEL_DIR": str(model_dir), "SERVING_DRAIN_SECONDS": "0"},
            stdout=subprocess.PIPE,
            stderr=full if stderr == "full" else pipe[1],
            text=True,
            timeout=60,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (0, "{200}\n")


def lines(service: Service, request_id: str) -> list[dict[str, Any]]:
    return [line for line in list(service.log) if line.get("x-request-id") == request_id]
