"""A whole run: clients at work, kills at random moments, restarts, and the invariants after each and at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.emulator.crash.actor import Actor
from tests.emulator.crash.endpoints import Endpoints
from tests.emulator.crash.killer import Killer
from tests.emulator.crash.leftovers import damages, exposures, leftovers
from tests.emulator.crash.server import DidNotStart, Server

PROGRAM = Path(__file__).parents[2] / "contract" / "programs" / "serve.py"
_LONGEST_PAUSE_S = 1.5


@dataclass(slots=True)
class Report:
    """What a run did and what it found; `problems` is empty when every invariant held."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def line(self, seed: int) -> str:
        """It in one line."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        held = "every invariant held" if not self.problems else f"BROKEN: {'; '.join(self.problems)}"
        return (
            f"seed {seed}: {self.kills.total()} kills ({kinds}), {self.acknowledged} writes acknowledged,"
            f" {self.seconds:.0f} s, {held}"
        )


def _runners(folder: Path) -> dict[str, object]:
    """What stands for images; each process carries the run's folder in its environment."""
    common = {"folder": str(folder), "environment": {"CRASH_RUN": str(folder)}}
    command = ["{python}", "-S", str(PROGRAM), "{port}"]
    return {
        "runners": [{"image": "*/retail/train*", **common}, {"image": "*/retail/infer*", "command": command, **common}]
    }


class Campaign:
    """One run in one folder."""

    def __init__(self, folder: Path, seed: int, kills: int, *, clients: int = 3, tracking: bool = False) -> None:
        self._random = Random(seed)
        self._wanted = kills
        self._server = Server(folder, _runners(folder))
        self._actors = [
            Actor(self._server, f"client{number}", f"{seed}-{number}", tracking=tracking) for number in range(clients)
        ]
        self._killer = Killer(self._server, self._random)
        self._report = Report()

    def run(self) -> Report:
        """All of it; nothing is left running, whatever is found."""
        begun = time.monotonic()
        self._server.spawn()
        try:
            self._server.ready()
            for actor in self._actors:
                actor.start()
            while self._killer.kills.total() < self._wanted and not self._broken():
                time.sleep(self._random.uniform(0, max(_LONGEST_PAUSE_S, self._server.start_s)))
                self._strike()
            self._finish()
        except DidNotStart as error:
            self._report.problems.append(str(error))
        finally:
            self._server.kill()
        self._report.kills = self._killer.kills
        self._report.acknowledged = sum(actor.acknowledged for actor in self._actors)
        self._report.seconds = time.monotonic() - begun
        return self._report

    def _broken(self) -> bool:
        return bool(self._report.problems) or any(actor.problem for actor in self._actors)

    def _strike(self) -> None:
        kind = self._killer.strike()
        if not kind.startswith("server"):
            return
        if kind == "server twice":
            self._server.spawn()
            time.sleep(self._random.uniform(0, self._server.start_s))
            self._server.kill()
            self._server.forget_start()
        self._note("is left", self._server.orphans() if self._random.random() < 0.5 else [])
        self._note("is damaged", damages(self._server.state))
        self._server.spawn()
        self._server.ready()

    def _finish(self) -> None:
        """Let the clients settle and check; then kill once more, start, stop in order, and look at what is left."""
        for actor in self._actors:
            actor.stop()
        self._report.problems += [actor.problem for actor in self._actors if actor.problem]
        self._server.kill()
        self._note("is left after the kill", self._server.orphans())
        self._server.spawn()
        self._server.ready()
        code = self._server.stop()
        self._note("was the exit code", [str(code)] if code else [])
        self._note("is left after the stop", self._server.orphans())
        self._note("is damaged", damages(self._server.state))
        self._note("is open to others", exposures(self._server.state))
        self._note("is left in the state folder", leftovers(self._server.state, self._endpoints()))

    def _endpoints(self) -> set[str]:
        families = [family for actor in self._actors for family in actor.families if isinstance(family, Endpoints)]
        return {family.name for family in families if family.ledger.certain("endpoint") is not None}

    def _note(self, what: str, found: Iterable[str]) -> None:
        self._report.problems += [f"{each} {what}" for each in found]
