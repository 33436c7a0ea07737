"""Long-running operations of ARM: where to ask how one stands, how often, and what its end means.

Source: https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from retailctl.azureml.transport import Answer
from retailctl.domain.deadline import Deadline, timed_out

_ENDED = frozenset({"succeeded", "failed", "canceled"})


@dataclass(frozen=True)
class Monitor:
    """The address that tells how an operation stands."""

    url: str
    speaks_status: bool
    """It answers 200 with a status in its body; otherwise 202 while the operation goes on."""

    @classmethod
    def of(cls, answer: Answer) -> Monitor | None:
        """The monitor that a first answer names; None: the operation was over with it."""
        url = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Operation-Location")
        if url:
            return cls(url, speaks_status=True)
        location = answer.headers.get("Location")
        if location and answer.status_code == 202:
            return cls(location, speaks_status=False)
        return None

    def goes_on(self, answer: Answer) -> bool:
        """Whether the operation is still under way."""
        if answer.status_code == 202:
            return True
        return self.speaks_status and status_of(answer).lower() not in _ENDED


def status_of(answer: Answer) -> str:
    """The status that a monitor's body tells; one that tells none has succeeded."""
    return str(answer.json().get("status") or "Succeeded")


def follow(
    monitor: Monitor, ask: Callable[[str], Answer], deadline: Deadline, *, waiting_for: str, look: str
) -> Answer:
    """Ask until the operation is over, and return the monitor's last answer.

    Raises:
        WaitTimedOut: the deadline passed; the operation goes on.
    """
    pauses = growing_pauses()
    while True:
        answer = ask(monitor.url)
        if not monitor.goes_on(answer):
            return answer
        if deadline.passed:
            raise timed_out(deadline, waiting_for=waiting_for, look=look)
        pause = asked_pause(answer.headers) or next(pauses)
        deadline.clock.sleep(min(pause, deadline.remaining_s))


def growing_pauses(first_s: float = 0.2, most_s: float = 5.0, factor: float = 1.5) -> Iterator[float]:
    """Pauses between two looks, in seconds: short at first, so that quick work is seen quickly."""
    pause = first_s
    while True:
        yield pause
        pause = min(most_s, pause * factor)


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds that the service asks to be left alone; None when it does not say (or names a date)."""
    for name, unit in (("x-ms-retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        value = headers.get(name, "")
        if value.isdecimal():
            return int(value) / unit
    return None
