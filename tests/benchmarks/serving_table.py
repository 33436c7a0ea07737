"""The table of all servers, and whether ours is as fast as it must be: medians of the rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.benchmarks.serving_floor import Floor
from tests.benchmarks.serving_rounds import OPEN_SHARE, Round
from tests.benchmarks.serving_servers import FLOOR, MLFLOWS, OURS

Rounds = Mapping[str, Sequence[Round]]

Figure = tuple[Callable[[Round], float], str]

_LARGE: Mapping[str, Callable[[Round], float]] = {
    "on one core": lambda r: r.large.p50_ms,
    "on all cores": lambda r: r.large_on_all_cores.p50_ms,
}
"""The time of a request for a thousand series, by what its server may use."""

_COLUMNS: Mapping[str, Sequence[Figure]] = {
    "1 client: req/s, p50, p99 ms": (
        (lambda r: r.closed[1].requests_per_s, ",.0f"),
        (lambda r: r.closed[1].p50_ms, ".2f"),
        (lambda r: r.closed[1].p99_ms, ".2f"),
    ),
    "16 clients: req/s, p99 ms, CPU ms/request": (
        (lambda r: r.closed[16].requests_per_s, ",.0f"),
        (lambda r: r.closed[16].p99_ms, ".1f"),
        (lambda r: r.cpu_ms, ".3f"),
    ),
    "64 clients: req/s, p99 ms": (
        (lambda r: r.closed[64].requests_per_s, ",.0f"),
        (lambda r: r.closed[64].p99_ms, ".1f"),
    ),
    "1,000 series, on one core and on all: p50 ms": (
        (_LARGE["on one core"], ",.1f"),
        (_LARGE["on all cores"], ",.1f"),
    ),
    f"{OPEN_SHARE:.0%} of its highest rate: req/s, p50, p99 ms": (
        (lambda r: r.rate, ",.0f"),
        (lambda r: r.open.p50_ms, ".2f"),
        (lambda r: r.open.p99_ms, ".2f"),
    ),
    "ready s": ((lambda r: r.ready_s, ".2f"),),
    "MiB: PSS, anonymous": ((lambda r: r.memory.pss, ".0f"), (lambda r: r.memory.anonymous, ".0f")),
    "processes": ((lambda r: r.memory.processes, ".0f"),),
}


def table(rounds: Rounds, floors: Sequence[tuple[Floor, Floor]]) -> Iterator[str]:
    """Lines of Markdown."""
    yield _line(["", *_COLUMNS])
    yield "|---" * (len(_COLUMNS) + 1) + "|"
    for name, measured in rounds.items():
        yield _line([name, *(_cell(measured, figures) for figures in _COLUMNS.values())])
    one, many = _floor(floors)
    speed = f"{1000 / one.p50_ms:,.0f}, {one.p50_ms:.2f}, {one.p99_ms:.2f}"
    yield _line([FLOOR, speed, f"CPU {one.cpu_ms:.3f}", "", f"{many.p50_ms:,.1f}", "", "", "", ""])


def _cell(measured: Sequence[Round], figures: Sequence[Figure]) -> str:
    return ", ".join(f"{_middle(measured, figure):{shape}}" for figure, shape in figures)


@dataclass(frozen=True, slots=True)
class Check:
    """One demand and what was measured."""

    demand: str
    figure: str
    met: bool

    def __str__(self) -> str:
        return f"{'met    ' if self.met else 'NOT MET'}  {self.demand}: {self.figure}"


def checks(rounds: Rounds, floors: Sequence[tuple[Floor, Floor]]) -> Iterator[Check]:
    """What is demanded of ours; demands beside MLflow only where it ran, and then beside its faster model."""
    ours = rounds[OURS]
    one, many = _floor(floors)
    rate, large = _middle(ours, lambda r: r.closed[16].requests_per_s), _middle(ours, lambda r: r.large.p50_ms)
    mlflow = [rounds[name] for name in MLFLOWS if name in rounds]
    if mlflow:
        peer = max(_middle(each, lambda r: r.closed[16].requests_per_s) for each in mlflow)
        figure = f"{rate:,.0f} / {peer:,.0f} = {rate / peer:.1f}"
        yield Check(
            "requests/s of `mlflow models serve` at 16 clients, at least 10 times, aim 20", figure, rate >= 10 * peer
        )
        for where, figure_of in _LARGE.items():
            own, peer = _middle(ours, figure_of), min(_middle(each, figure_of) for each in mlflow)
            figure = f"{own:.1f} / {peer:.1f} ms = 1/{peer / own:.1f}"
            yield Check(f"1,000 series {where}, at most a sixth of its time", figure, own <= peer / 6)
    yield _at_most("1,000 series, at most 1.5 times the floor", large, 1.5 * many.p50_ms, "ms")
    yield _at_most("p50 at 1 client", _middle(ours, lambda r: r.closed[1].p50_ms), 1.5, "ms")
    yield _at_most("p99 at 1 client", _middle(ours, lambda r: r.closed[1].p99_ms), 4, "ms")
    cpu = _middle(ours, lambda r: r.cpu_ms)
    yield _at_most(
        "processor time a request, at most 1.5 times the floor + 0.15 ms", cpu, 1.5 * one.cpu_ms + 0.15, "ms"
    )
    p50, p99 = _middle(ours, lambda r: r.open.p50_ms), _middle(ours, lambda r: r.open.p99_ms)
    yield _at_most(f"p99 at {OPEN_SHARE:.0%} of the highest rate, at most 5 times the p50", p99, 5 * p50, "ms")
    yield _at_most("start to a 200 on /ready", _middle(ours, lambda r: r.ready_s), 0.8, "s")
    yield _at_most("memory of the worker (PSS)", _middle(ours, lambda r: r.memory.pss), 130, "MiB")


def busiest_generator(rounds: Rounds) -> float:
    """The highest share of a core that the load generator itself took in any closed or open loop."""
    loads = [load for measured in rounds.values() for each in measured for load in (*each.closed.values(), each.open)]
    return max(load.own_share for load in loads)


def _at_most(demand: str, figure: float, limit: float, unit: str) -> Check:
    return Check(demand, f"{figure:.2f} of {limit:.2f} {unit}", figure <= limit)


def _floor(floors: Sequence[tuple[Floor, Floor]]) -> tuple[Floor, Floor]:
    def of(place: int) -> Floor:
        return Floor(
            *(median(getattr(pair[place], name) for pair in floors) for name in ("p50_ms", "p99_ms", "cpu_ms"))
        )

    return of(0), of(1)


def _middle(rounds: Sequence[Round], figure: Callable[[Round], Any]) -> float:
    return float(median(figure(each) for each in rounds))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
