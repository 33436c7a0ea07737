"""Months of use in minutes: whether the local Azure ML holds what it held, and no scoring request notices anything.

    python tests/benchmarks/local_soak.py [--minutes 30] [--seed 1] [--rate 40]

A steady rate of scoring requests to an endpoint with two slots, and beside it a seeded stream of all that a team does:
traffic shifts, slots replaced, mirrored, scaled and crashing, keys, jobs, assets, blobs, logs, metrics, logins, faults.
What it makes it deletes again, so that the server at rest is to be what it was: the same descriptors, threads and
processes, the same files, the same memory. Ends with 1 when it is not.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.local_soak_load import Load
from tests.benchmarks.local_soak_rest import Rest, changes, come_to_rest
from tests.benchmarks.local_soak_samples import Watch, rising, table
from tests.benchmarks.local_soak_serving import Serving
from tests.benchmarks.local_soak_workspace import Workspace
from tests.benchmarks.local_soak_world import World

_SAMPLES = 240
_SHORTEST_PAUSE_S = 1.0
_MOST_RISE_MIB = 3.0


@dataclass
class Soak:
    """What was done and what was seen."""

    done: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """Scoring requests that failed, and actions that did not end as they should."""


class Round:
    """The scoring load and the actions beside it, for a while."""

    def __init__(self, world: World, soak: Soak, seed: int, rate: float) -> None:
        self._world = world
        self._soak = soak
        self._rate = rate
        self._dice = random.Random(seed)
        self._workspace = Workspace(world, self._dice)

    def begin(self) -> None:
        """What the first use leaves for good: the pace, the access log, the folders that jobs' logs are in."""
        with self._load():
            self._act(self._workspace.pace)

    def _load(self) -> Load:
        return Load(*self._world.port_and_path, self._world.keys()["primaryKey"], self._rate)

    def run(self, seconds: float, *, each_once: bool = False) -> None:
        """Act until the time is over, and not before each action was taken once if that is asked for."""
        end = time.monotonic() + seconds
        with self._load() as load:
            weights = Serving(self._world, load, self._dice).actions() | self._workspace.actions()
            for action in self._dice.sample(list(weights), len(weights)) if each_once else []:
                self._act(action)
            while time.monotonic() < end:
                [action] = self._dice.choices(list(weights), list(weights.values()))
                self._act(action)
        self._soak.statuses += load.statuses
        self._soak.failures += load.failures

    def _act(self, action: Callable[[], None]) -> None:
        name = action.__name__
        self._soak.done[name] += 1
        try:
            action()
        except (AssertionError, OSError, KeyError, ValueError) as error:
            self._soak.failures.append(f"{time.strftime('%H:%M:%S')} {name}: {type(error).__name__} {error}")

    def rest(self, before: Rest | None = None) -> Rest:
        """What is left when nothing goes on and all that was made is deleted."""
        self._workspace.tidy()
        return come_to_rest(self._world, before)


def main() -> None:
    """Soak and print; SystemExit with what is wrong."""
    options = _parser().parse_args()
    print(machine())
    soak = Soak()
    with tempfile.TemporaryDirectory(prefix="retailctl-soak-") as name:
        world = World(Path(name))
        try:
            round_ = Round(world, soak, options.seed, options.rate)
            round_.begin()
            round_.run(options.minutes * 6, each_once=True)
            before = round_.rest()
            with Watch(world, max(_SHORTEST_PAUSE_S, options.minutes * 60 / _SAMPLES)) as watch:
                round_.run(options.minutes * 60)
            after = round_.rest(before)
        finally:
            world.close()
    print("\n".join(table(watch.samples)))
    wrong = [*rising(watch.samples, _MOST_RISE_MIB), *changes(before, after)]
    print("\n".join(_summary(soak)))
    print(f"at the end: {machine()}")
    if wrong or soak.failures:
        raise SystemExit("\n".join([*wrong, f"{len(soak.failures)} failures:", *soak.failures[:20]]))


def _summary(soak: Soak) -> Iterator[str]:
    yield f"actions: {', '.join(f'{count} {name}' for name, count in sorted(soak.done.items()))}"
    yield f"scoring requests: {', '.join(f'{count:,} x {status}' for status, count in sorted(soak.statuses.items()))}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=40.0, help="scoring requests a second")
    return parser


if __name__ == "__main__":
    main()
