"""Liveness and readiness probes: one HTTP GET, and the counting that turns answers into a verdict."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from retailctl.emulator.runners.spec import Pace, ProbeTiming

# While a slot starts on the immediate pace nobody wants to wait for a period of ten seconds.
_EAGER_INTERVAL_S = 0.05
_LONGEST_ANSWER = 65536

Verdict = Literal["passing", "failing"]


@dataclass(slots=True)
class ProbeTally:
    """Counts one probe's answers as Kubernetes does: thresholds apply to consecutive answers."""

    timing: ProbeTiming
    pace: Pace
    started_s: float
    verdict: Verdict | None = None
    _successes: int = 0
    _failures: int = 0
    _passed_once: bool = False

    @property
    def first_delay_s(self) -> float:
        """The pause before the first probe."""
        return self.timing.initial_delay_s if self.pace == "realistic" else 0.0

    @property
    def interval_s(self) -> float:
        """The pause before the next probe."""
        return _EAGER_INTERVAL_S if self._eager else self.timing.period_s

    def record(self, passed: bool, now_s: float) -> bool:
        """Count an answer; True when it changed the verdict."""
        before = self.verdict
        self._successes = self._successes + 1 if passed else 0
        self._failures = 0 if passed else self._failures + 1
        if passed and self._successes >= self.timing.success_threshold:
            self.verdict = "passing"
            self._passed_once = True
        elif self._failures >= self.timing.failure_threshold and self._patience_is_over(now_s):
            self.verdict = "failing"
        return self.verdict != before

    @property
    def _eager(self) -> bool:
        return self.pace == "immediate" and not self._passed_once

    def _patience_is_over(self, now_s: float) -> bool:
        """Eager probes reach any threshold within seconds, so for them the time that it stands for counts."""
        return not self._eager or now_s - self.started_s >= self.timing.budget_s


async def probe(port: int, path: str, timeout_s: float) -> str | None:
    """GET `path` on 127.0.0.1; None for a status from 200 to 399, else what went wrong."""
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(port, path)
    except TimeoutError:
        return f"GET {path} had no answer within {timeout_s:g} s"
    except ConnectionRefusedError:
        return f"GET {path}: nothing listens on port {port}"
    except (OSError, ValueError, IndexError):
        return f"GET {path}: the answer on port {port} was not HTTP"
    return None if 200 <= status < 400 else f"GET {path} answered {status}"


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"GET /{path.lstrip('/')} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: probe\r\n"
        writer.write(f"{head}Accept: */*\r\nConnection: close\r\n\r\n".encode())
        status = int((await reader.readline()).split()[1])
        await reader.read(_LONGEST_ANSWER)  # leaving in the middle of the answer would look like an error there
        return status
    finally:
        writer.close()
