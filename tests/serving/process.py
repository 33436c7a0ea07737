"""A `python -m serving` child on a port of its own, and plain HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

CHECKOUT = Path(__file__).resolve().parents[2]
JSON_HEADERS = {"content-type": "application/json"}
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json["error"]
        return error


class Service:
    """Starts at once; ``with`` stops it. Every line of its log is kept."""

    def __init__(self, model_dir: Path | None, **settings: str) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("SERVING_", "AZUREML_"))
        }
        environment |= {"OMP_NUM_THREADS": "1", **settings}
        if model_dir is not None:
            environment["AZUREML_MODEL_DIR"] = str(model_dir)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serving", "--port", "0"],
            cwd=CHECKOUT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        wait_until(lambda: self.logged("listening") or self.process.poll() is not None)
        self.port: int = self.logged("listening")[0]["port"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)

    def ready(self) -> Self:
        wait_until(lambda: self.get("/ready").status == 200)
        return self

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def score(self, body: object, **headers: str) -> Answer:
        return self.request("POST", "/score", json.dumps(body).encode(), JSON_HEADERS | headers)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers or {}))
            return read_answer(connection)
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def logged(self, message: str) -> list[dict[str, Any]]:
        return [line for line in list(self.log) if line.get("message", "").startswith(message)]

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(json.loads(line) if line.startswith("{") else {"message": line})


def read_answer(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def wait_until(condition: Callable[[], object]) -> None:
    """Polls a condition; fails when it does not come true."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < deadline, "the condition did not come true in time"
        sleep(0.01)
