"""A running service on a port of its own, plain HTTP to it, and the first of its two backends: a child process.

The other backend is the image in a container, `tests.serving.container`; both start the same `python -m serving`.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol, Self

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


class Running(Protocol):
    """What a backend has started: `subprocess.Popen` as far as tests use it."""

    @property
    def pid(self) -> int: ...
    @property
    def lines(self) -> Iterable[str]:
        """What it writes to stderr, until it ends."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int: ...
    def send_signal(self, number: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def published(self, port: int) -> int:
        """The port of 127.0.0.1 that leads to the one it listens on."""

    def close(self) -> None:
        """Ends it if it still runs, and leaves nothing of it behind."""


Launch = Callable[[Path | None, Mapping[str, str]], Running]
"""Starts the service with a model folder (None = none) and settings (environment variables)."""


class Child(subprocess.Popen[str]):
    """`python -m serving` as a child of the tests."""

    def __init__(self, model_dir: Path | None, settings: Mapping[str, str]) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("SERVING_", "AZUREML_"))
        }
        environment |= {"OMP_NUM_THREADS": "1", **settings}
        if model_dir is not None:
            environment["AZUREML_MODEL_DIR"] = str(model_dir)
        command = [sys.executable, "-m", "serving", "--port", "0"]
        super().__init__(command, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True)

    @property
    def lines(self) -> Iterable[str]:
        assert self.stderr is not None
        return self.stderr

    def published(self, port: int) -> int:
        return port

    def close(self) -> None:
        self.kill()
        self.wait()


class Service:
    """Starts at once; ``with`` stops it. Every line of its log is kept."""

    def __init__(self, model_dir: Path | None, launch: Launch = Child, **settings: str) -> None:
        self.process = launch(model_dir, settings)
        self.log: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            wait_until(lambda: self.logged("listening") or self.process.poll() is not None)
            listening = self.logged("listening")
            assert listening, f"the service did not start: {self.log}"
            self.port: int = self.process.published(listening[0]["port"])
        except BaseException:
            self.process.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.close()
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
        for line in self.process.lines:
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


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m serving` that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "serving", *arguments],
        cwd=CHECKOUT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
