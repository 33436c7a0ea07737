"""How fast things happen: at once, or with the waits that the cloud has.

`immediate` adds nothing to what real processes take. `realistic` spends, at each transition, about the time that
Azure is reported to need, so that a client's waits and progress can be watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from retailctl.emulator.arm.errors import invalid_body

PaceName = Literal["immediate", "realistic"]


@dataclass(frozen=True, slots=True)
class _Timing:
    """Seconds between a client's polls, and seconds spent in a transition, by its name."""

    poll_s: float
    transitions: Mapping[str, float] = field(default_factory=dict)


_TIMINGS: Mapping[str, _Timing] = {
    "immediate": _Timing(poll_s=0.1),
    "realistic": _Timing(
        poll_s=10,
        transitions={
            "endpoint.write": 15,
            "endpoint.delete": 10,
            "deployment.write": 60,
            "deployment.delete": 10,
            "job.prepare": 5,
            "job.queue": 10,
            "job.finalize": 3,
        },
    ),
}


class Pace:
    """The pace in force; may be changed while the server runs."""

    def __init__(self, name: PaceName = "immediate") -> None:
        self._name: PaceName = name

    @property
    def name(self) -> PaceName:
        """`immediate` or `realistic`."""
        return self._name

    @property
    def poll_s(self) -> float:
        """What an answer recommends as the time until the next poll, in seconds."""
        return _TIMINGS[self._name].poll_s

    def set(self, name: str) -> None:
        """Change the pace. Raises ArmError (400) for an unknown one."""
        if name == "immediate":
            self._name = "immediate"
        elif name == "realistic":
            self._name = "realistic"
        else:
            raise invalid_body("pace", f"{name!r} is neither 'immediate' nor 'realistic'")

    async def pause(self, transition: str) -> None:
        """Spend the time that a transition takes."""
        delay = _TIMINGS[self._name].transitions.get(transition, 0)
        if delay:
            await asyncio.sleep(delay)
