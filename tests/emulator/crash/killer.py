"""Chooses what is killed next, and kills it."""

from __future__ import annotations

from collections import Counter
from random import Random

import psutil

from tests.emulator.crash.processes import Role, family
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
        victims: dict[Role, list[psutil.Process]] = {}
        for role, process in family(self._server.pid):
            victims.setdefault(role, []).append(process)
        leashes = [each for role, some in victims.items() if role.endswith("-leash") for each in some]
        possible = {
            kind: weight
            for kind, weight in _LIKELY.items()
            if kind in victims
            or kind in {"server", "server twice"}
            or (kind == "server and router" and "router" in victims)
            or ("leash" in kind and kind.startswith("server and") and leashes)
        }
        kind = self._random.choices(list(possible), list(possible.values()))[0]
        self.kills[kind] += 1
        self._kill(kind, victims, leashes)
        return kind

    def _kill(self, kind: str, victims: dict[Role, list[psutil.Process]], leashes: list[psutil.Process]) -> None:
        if kind in {"job", "job-leash"}:
            self._server.hits_on_jobs += 1
        if not kind.startswith("server"):
            _end(self._random.choice(victims[kind]))  # type: ignore[index]
            return
        together = {
            "server and leash": leashes[:1],
            "server and all leashes": leashes,
            "server and router": victims.get("router", []),
        }.get(kind, [])
        if together:
            psutil.Process(self._server.pid).suspend()  # it is not to see their end before its own
        for each in together:
            _end(each)
        self._server.kill()


def _end(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
