"""Liveness and readiness probes: one HTTP GET, and the counting that turns answers into a verdict."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from retailctl.emulator.runners.launching import Target
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


class _Silence(Exception):
    """The connection was taken and closed without a byte."""


async def probe(target: Target, timeout_s: float) -> str | None:
    """GET the target's path; None for a status from 200 to 399, else what went wrong."""
    what = f"GET {target.path}"
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(target)
    except TimeoutError:
        return f"{what} had no answer within {timeout_s:g} s"
    except ConnectionRefusedError:
        return f"{what}: nothing listens on port {target.port}"
    except (_Silence, ConnectionResetError):
        return f"{what}: {target.silence}"
    except (OSError, ValueError, IndexError):
        return f"{what}: the answer on port {target.port} was not HTTP"
    return None if 200 <= status < 400 else f"{what} answered {status}"


async def _status(target: Target) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        head = f"GET /{target.path.lstrip('/')} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nUser-Agent: probe\r\n"
        writer.write(f"{head}Accept: */*\r\nConnection: close\r\n\r\n".encode())
        first = await reader.readline()
        if not first:
            raise _Silence
        await reader.read(_LONGEST_ANSWER)  # leaving in the middle of the answer would look like an error there
        return int(first.split()[1])
    finally:
        writer.close()
