"""Chooses what is killed next, and kills it."""

from __future__ import annotations

from collections import Counter
from random import Random

import psutil

from tests.emulator.crash.processes import family
from tests.emulator.crash.server import Server

_LIKELY = {
    "server": 6,
    "router": 3,
    "slot": 5,
    "job": 5,
    "slot-leash": 4,
    "job-leash": 4,
    "sweeper": 1,
    "mlflow": 1,
    "mlflow-leash": 1,
    "server and leash": 3,
    "server and all leashes": 2,
    "server and router": 2,
    "server twice": 3,
}
"""Kinds of kills, each as likely as its figure, as far as there is a victim."""


class Killer:
    """Kills at random; `kills` counts what was killed."""

    def __init__(self, server: Server, random: Random) -> None:
        self._server = server
        self._random = random
        self.kills: Counter[str] = Counter()

    def strike(self) -> str:
        """Kill something; the kind. The server is down afterwards if the kind begins with `server`."""
        victims = self._victims()
        possible = {kind: weight for kind, weight in _LIKELY.items() if kind in victims}
        kind = self._random.choices(list(possible), list(possible.values()))[0]
        self.kills[kind] += 1
        if kind.startswith("job"):
            self._server.hits_on_jobs += 1
        if not kind.startswith("server"):
            _end(self._random.choice(victims[kind]))
            return kind
        if victims[kind]:
            psutil.Process(self._server.pid).suspend()  # it is not to see their end before its own
        for each in victims[kind]:
            _end(each)
        self._server.kill()
        return kind

    def _victims(self) -> dict[str, list[psutil.Process]]:
        """What can be killed now: by role, or together with the server."""
        found: dict[str, list[psutil.Process]] = {"server": [], "server twice": []}
        leashes = []
        for role, process in family(self._server.pid):
            found.setdefault(role, []).append(process)
            if role.endswith("-leash"):
                leashes.append(process)
        if "router" in found:
            found["server and router"] = found["router"]
        if leashes:
            found["server and leash"] = [self._random.choice(leashes)]
            found["server and all leashes"] = leashes
        return found


def _end(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
