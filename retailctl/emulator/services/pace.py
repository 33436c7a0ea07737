"""How fast things happen: at once, with the waits that the cloud has, with waits of one's own, or step by step.

`immediate` adds nothing to what real processes take. `realistic` spends, at each transition, about the time that
Azure is reported to need, so that a client's waits and progress can be watched. `timed` spends the seconds that it is
given, and `manual` stops at every transition until it is let go on. The pace is kept in the state folder; a change
of it lets everything go on that waits.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from uuid import uuid4

from pydantic import ConfigDict, Field

from retailctl.emulator.arm.bodies.shape import Shape, parse
from retailctl.emulator.arm.errors import ArmError, invalid_body, not_found
from retailctl.emulator.arm.timestamps import now_text
from retailctl.emulator.store.settings import SettingStore

PaceName = Literal["immediate", "realistic", "timed", "manual"]

REALISTIC: Mapping[str, float] = MappingProxyType(
    {
        "endpoint.write": 15,
        "endpoint.delete": 10,
        "endpoint.keys": 5,
        "deployment.write": 60,
        "deployment.delete": 10,
        "job.prepare": 5,
        "job.queue": 10,
        "job.finalize": 3,
        "job.cancel": 5,
    }
)
"""Seconds that the cloud is reported to spend in each transition, guesses [inf] where nothing is reported (keys, the
cancelling of jobs); also the list of all transitions."""
LONGEST_S = 86_400.0
_SETTING = "pace"
_POLL_S = {"realistic": 10.0}
_QUICK_POLL_S = 0.1


class PaceBody(Shape):
    """PUT of the pace: `transitions` are seconds by name, for `timed` alone."""

    model_config = ConfigDict(extra="forbid", alias_generator=None)

    pace: PaceName
    transitions: dict[str, float] = Field(default_factory=dict)


@dataclass(slots=True)
class Waiting:
    """A transition that has not gone on yet; `resource` is a job's or endpoint's name, or ENDPOINT/DEPLOYMENT."""

    transition: str
    resource: str
    seconds: float | None
    id: str = field(default_factory=lambda: uuid4().hex)
    since: str = field(default_factory=now_text)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def document(self) -> dict[str, Any]:
        """It as `/_local/transitions` lists it; `seconds` is null for one that waits to be let go on."""
        about = {"id": self.id, "transition": self.transition, "resource": self.resource}
        return {**about, "since": self.since, "seconds": self.seconds}


class Pace:
    """The pace in force, and what waits for it; may be changed while the server runs."""

    def __init__(self, settings: SettingStore, name: PaceName | None = None) -> None:
        """The pace `name`, or the one that the state folder keeps, which at first is `immediate`."""
        self._settings = settings
        self._waiting: dict[str, Waiting] = {}
        self._body = _kept(settings)
        if name is not None and name != self._body.pace:
            self.set({"pace": name})

    @property
    def name(self) -> PaceName:
        """`immediate`, `realistic`, `timed` or `manual`."""
        return self._body.pace

    @property
    def timing(self) -> Literal["immediate", "realistic"]:
        """Whose timing probes and restarts keep: the cloud's, or none beyond what is needed."""
        return "realistic" if self.name == "realistic" else "immediate"

    @property
    def poll_s(self) -> float:
        """What an answer recommends as the time until the next poll, in seconds."""
        return _POLL_S.get(self.name, _QUICK_POLL_S)

    def document(self) -> dict[str, Any]:
        """The pace as `/_local/pace` shows it: with the seconds of every transition; null where it stops."""
        return {"pace": self.name, "transitions": {name: self._seconds(name) for name in REALISTIC}}

    def set(self, document: Any) -> None:
        """Change the pace, and let go on what waits. Raises ArmError (400)."""
        body = parse(PaceBody, document)
        if body.transitions and body.pace != "timed":
            raise invalid_body("transitions", "only the pace 'timed' takes seconds of one's own")
        for name, seconds in body.transitions.items():
            if name not in REALISTIC:
                raise invalid_body("transitions", f"{name!r} is none of {', '.join(REALISTIC)}")
            if not 0 <= seconds <= LONGEST_S:
                raise invalid_body(f"transitions.{name}", f"a transition takes 0 to {LONGEST_S:g} s")
        self._settings.set(_SETTING, json.dumps(body.document()))
        self._body = body
        self.step_all()

    async def pause(self, transition: str, resource: str) -> None:
        """Spend the time that a transition takes, or wait until it is let go on."""
        seconds = self._seconds(transition)
        if seconds == 0:
            return
        with self._listed(Waiting(transition, resource, seconds)) as waiting:
            try:
                await asyncio.wait_for(waiting.released.wait(), seconds)
            except TimeoutError:
                return

    def waiting(self) -> list[Waiting]:
        """What waits, the oldest first."""
        return [each for each in self._waiting.values() if not each.released.is_set()]

    def step(self, which: str) -> Waiting:
        """Let one go on: the one with this id, or the oldest with this transition. Raises ArmError (404)."""
        for waiting in self.waiting():
            if which in {waiting.id, waiting.transition}:
                waiting.released.set()
                return waiting
        raise not_found(f"waiting transition '{which}'")

    def step_all(self) -> list[Waiting]:
        """Let everything go on that waits now."""
        found = self.waiting()
        for waiting in found:
            waiting.released.set()
        return found

    def _seconds(self, transition: str) -> float | None:
        if self.name == "manual":
            return None
        if self.name == "realistic":
            return REALISTIC[transition]
        return self._body.transitions.get(transition, 0)

    @contextmanager
    def _listed(self, waiting: Waiting) -> Iterator[Waiting]:
        self._waiting[waiting.id] = waiting
        try:
            yield waiting
        finally:
            del self._waiting[waiting.id]


def _kept(settings: SettingStore) -> PaceBody:
    """The pace that the state folder keeps; `immediate` for none, or for one that another release wrote."""
    try:
        return parse(PaceBody, json.loads(settings.get(_SETTING) or "{}"))
    except (ArmError, ValueError):
        return PaceBody(pace="immediate")
