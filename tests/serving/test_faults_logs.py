"""When nobody can take the log, forecasts go on: lines are lost, answers are not."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.serving.process import CHECKOUT, JSON_HEADERS, PATIENCE_SECONDS, Answer, read_answer, wait_until
from tests.serving.wire import ONE

REQUESTS = 600
"""Their lines are more than a pipe holds (64 KiB)."""


def test_a_log_that_nobody_reads_keeps_no_request_waiting(model_dir: Path) -> None:
    """A pipe whose reader hangs is full after some hundred lines."""
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w") as full, served(model_dir, full) as port:
        assert [ask(port, "POST", "/score").status for _ in range(REQUESTS)] == [200] * REQUESTS


def test_a_log_whose_reader_has_gone_ends_nothing(model_dir: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as broken:
        os.close(reading)
        with served(model_dir, broken) as port:
            assert ask(port, "POST", "/score").status == 200


def test_a_log_on_a_full_disk_ends_nothing(model_dir: Path) -> None:
    with Path("/dev/full").open("w") as disk, served(model_dir, disk) as port:
        assert ask(port, "POST", "/score").status == 200


def test_a_closed_log_ends_nothing(model_dir: Path) -> None:
    with served(model_dir, None) as port:
        assert ask(port, "POST", "/score").status == 200


@contextmanager
def served(model_dir: Path, log: IO[str] | None) -> Iterator[int]:
    """The port of a service whose stderr is ``log`` (None = closed); it must end with 0 when it is told to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "serving", "--port", str(port)]
    environment = os.environ | {"AZUREML_MODEL_DIR": str(model_dir), "SERVING_DRAIN_SECONDS": "0"}
    if log is None:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=log)
    try:
        wait_until(lambda: ready(port))
        yield port
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def ready(port: int) -> bool:
    try:
        return ask(port, "GET", "/ready").status == 200
    except ConnectionError:
        return False


def ask(port: int, method: str, path: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, json.dumps(ONE) if method == "POST" else None, JSON_HEADERS)
        return read_answer(connection)
    finally:
        connection.close()
