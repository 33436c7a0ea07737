"""A caller sending fifty requests a second never notices ten shifts and one replaced slot."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.conftest import QUICK, Shell

pytestmark = pytest.mark.acceptance

PER_SECOND = 50


@dataclass
class Caller:
    """Sends the same forecast request at a steady rate, and keeps what came back."""

    url: str
    key: str = field(repr=False)
    body: bytes
    codes: list[int | str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def call(self) -> int | str:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, self.body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError as error:
            return repr(error)

    def run(self) -> None:
        due = time.monotonic()
        while not self.stop.is_set():
            self.codes.append(self.call())
            due = max(due + 4 / PER_SECOND, time.monotonic())
            self.stop.wait(max(0.0, due - time.monotonic()))


def test_ten_shifts_and_a_replaced_slot_under_load(shell: Shell, sample: Path) -> None:
    shell.run("release", "--data", str(sample), *QUICK)
    shell.run("deploy", "--slot", "green")
    status = shell.json("status")
    body = shell.json("model", "show", status["slots"][0]["model"])["tags"]["retailctl.sample"]
    key = shell.json("endpoint", "get-credentials")["primaryKey"]
    caller = Caller(status["endpoint"]["scoring_uri"], key, body.encode())
    threads = [threading.Thread(target=caller.run) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for share in (10, 30, 50, 70, 90, 60, 40, 20, 5, 0):
            shell.run("traffic", f"blue={100 - share}", f"green={share}")
        shell.run("deploy", "--slot", "green", "--set", "environment_variables.REPLACED=yes")
        shell.run("traffic", "blue=0", "green=100")
    finally:
        caller.stop.set()
        for thread in threads:
            thread.join()
    assert len(caller.codes) > 100
    assert set(caller.codes) == {200}
