"""Ours beside `mlflow models serve` and Azure's inference server: one worker each, the same model, the same question.

    python tests/benchmarks/serving_speed.py [--model DIR] [--peer-python PYTHON] [--rounds 5] [--seconds 4]

The question is one series of many in turn, 28 days, three quantiles; and 1,000 series in one request. Servers take
turns, each in a process on one core, the load generator on the other; medians of all rounds. Before that all answer
the same 50 series, and their numbers must be equal. Ends with 0 when everything was measured, whether demands were met
or not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.serving_floor import Floor
from tests.benchmarks.serving_forms import HORIZON, QUANTILES, Key, Numbers, Score
from tests.benchmarks.serving_models import Models, prepare
from tests.benchmarks.serving_rounds import Bench, Questions, Round
from tests.benchmarks.serving_servers import MLFLOW, Server, ours, peers, versions, why_not
from tests.benchmarks.serving_table import busiest_generator, checks, table
from training.artifact import ForecastRequest

_QUIET = 0.05
"""Share of one core that others may take before the machine counts as busy."""


def main() -> None:
    """Measure and print one table and the demands."""
    options = _parser().parse_args()
    print(machine())
    print(versions(options.peer_python))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        models = prepare(options.model, work)
        print(models.describe())
        keys = list(models.artifact.series)
        bench = Bench(Questions(work, keys), work, options.seconds)
        servers = [ours(models), *_available(models, options)]
        expected = _expected(models, Questions(work, keys).checked)
        for server in servers:
            print(bench.check(server, expected), flush=True)
        watch = _Watch()
        rounds, floors = _rounds(bench, models, servers, options.rounds)
        print(f"{watch.others(bench.used_s)}\n")
    print("\n".join([*table(rounds, floors), "", *map(str, checks(rounds, floors))]))
    print(f"\nthe load generator took at most {busiest_generator(rounds):.0%} of its core; at the end: {machine()}")


def _rounds(
    bench: Bench, models: Models, servers: list[Server], count: int
) -> tuple[dict[str, list[Round]], list[tuple[Floor, Floor]]]:
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    floors = []
    for turn in range(count):
        for server in servers:
            rounds[server.name].append(bench.round(server))
        floors.append(bench.floor(models.product, Score()))
        print(f"round {turn + 1} of {count}", file=sys.stderr, flush=True)
    return rounds, floors


def _available(models: Models, options: argparse.Namespace) -> Iterator[Server]:
    """The peers that can run, their folders made; why another is left out is printed."""
    models.make_peer()
    for server in peers(models, options.peer_python):
        if reason := why_not(server, options.peer_python):
            print(f"skipped: {server.name}: {reason}")
            continue
        if server.name == MLFLOW:
            models.make_pyfunc(options.peer_python)
        yield server


def _expected(models: Models, keys: list[Key]) -> Numbers:
    stores, items = zip(*keys, strict=True)
    request = ForecastRequest(store_ids=stores, item_ids=items, horizon=HORIZON, quantiles=QUANTILES)
    forecast = models.artifact.forecast(request)
    return np.concatenate([forecast.mean[:, None], forecast.quantiles], axis=1).astype(np.float64)


class _Watch:
    """What others did on the machine meanwhile."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._busy = _busy_s()

    def others(self, used_s: float) -> str:
        """A line that says whether the machine was quiet; ``used_s`` is the benchmark's own processor time."""
        seconds = perf_counter() - self._began
        share = max(_busy_s() - self._busy - used_s - process_time(), 0) / seconds
        verdict = "the machine was quiet" if share < _QUIET else "NOT A QUIET MACHINE, the figures are too slow"
        return f"{verdict}: others took {share:.0%} of a core"


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a trained model's folder (default: train one on made-up data)")
    parser.add_argument(
        "--peer-python",
        type=lambda text: Path(text).absolute(),  # not resolved: an environment's Python is a link
        default=Path(sys.executable),
        help="Python that has the peers (default: this one)",
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    return parser


if __name__ == "__main__":
    main()
