"""The soak's scoring requests: a steady rate over a few kept connections, every answer checked, wrong keys as well."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self

_WORKERS = 4
_WRONG_EVERY = 20
_TIMEOUT_S = 30.0
_BODY = b'{"series": [{"store_id": "CA_1", "item_id": "FOODS_3_090"}], "horizon": 28}'
_POLL_S = 0.01


@dataclass
class _Worker:
    """One connection's requests."""

    answered: int = 0
    alive: bool = True


class Load:
    """Requests for as long as a `with` block lasts."""

    def __init__(self, port: int, path: str, key: str, rate: float) -> None:
        """`rate` in requests a second, over all connections."""
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        """What was answered otherwise than it should be, with the time of day."""
        self._port = port
        self._path = path
        self._key = key
        self._pause_s = _WORKERS / rate
        self._ending = threading.Event()
        self._workers = [_Worker() for _ in range(_WORKERS)]
        self._threads = [threading.Thread(target=self._run, args=[worker], daemon=True) for worker in self._workers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def use(self, key: str) -> None:
        """Go on with another key; returns when no request with the old one is under way."""
        self._key = key
        before = [worker.answered for worker in self._workers]
        while any(
            worker.alive and worker.answered < count + 2 for worker, count in zip(self._workers, before, strict=True)
        ):
            time.sleep(_POLL_S)

    def _run(self, worker: _Worker) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        due = time.monotonic()
        try:
            while not self._ending.is_set():
                wrong = worker.answered % _WRONG_EVERY == _WRONG_EVERY - 1
                self._ask(connection, "wrong" if wrong else self._key, 401 if wrong else 200)
                worker.answered += 1
                due = max(due + self._pause_s, time.monotonic() - 1)
                self._ending.wait(max(0.0, due - time.monotonic()))
        finally:
            worker.alive = False
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, key: str, expected: int) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", self._path, _BODY, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._fail(repr(error))
            return
        self.statuses[answer.status] += 1
        if answer.status != expected:
            self._fail(f"{answer.status} instead of {expected}: {body[:200]!r}")

    def _fail(self, what: str) -> None:
        self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")
