"""Hours of half load: whether memory, descriptors and threads stay what they were, and every answer is a 200.

    python tests/benchmarks/serving_soak.py [--model DIR] [--minutes 60] [--share 0.5] [--rate REQUESTS_A_SECOND]

Finds the highest rate of a closed loop with 16 and 64 clients, then sends a share of it, due at random times, and looks
at the process every quarter of a minute. Prints a line a minute and the growth of memory that does not belong to a
file, by least squares over all but the first tenth. Ends with 1 when any request failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.process_sample import Held, growth
from tests.benchmarks.serving_load import Job, Load
from tests.benchmarks.serving_models import prepare
from tests.benchmarks.serving_process import ServerProcess
from tests.benchmarks.serving_rounds import Bench, Questions
from tests.benchmarks.serving_servers import Server, ours

_CLIENTS = 64
_FINDING_S = 5.0
_EVERY_S = 15.0
_WARM_SHARE = 0.1
_LEAST_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment."""

    minute: float
    held: Held


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        models = prepare(options.model, work)
        print(models.describe())
        server = ours(models)
        questions = Questions(work, list(models.artifact.series))
        bench = Bench(questions, work, _FINDING_S)
        # A line a request for an hour: the log is written, but not kept.
        process = bench.start(server, Path(os.devnull))
        try:
            load, samples = _soak(bench, process, server, questions.files(server.form)[0], options)
        finally:
            process.stop()
    print("\n".join(_lines(load, samples)))
    print(f"at the end: {machine()}")
    if load.failed:
        raise SystemExit(f"{load.failed} requests failed, the first of them so: {load.failure}")


def _soak(
    bench: Bench, process: ServerProcess, server: Server, bodies: Path, options: argparse.Namespace
) -> tuple[Load, list[Sample]]:
    def highest(clients: int) -> float:
        return bench.load(process, server, bodies, clients=clients, seconds=_FINDING_S).requests_per_s

    rate = options.rate or options.share * max(highest(clients) for clients in (16, _CLIENTS))
    print(f"{rate:,.0f} requests/s for {options.minutes:g} minutes", flush=True)
    with ThreadPoolExecutor(1) as thread:
        job = Job(process.port, server.score, str(bodies), _CLIENTS, options.minutes * 60, rate)
        load = thread.submit(bench.observe, job)
        samples = list(_watch(process, load))
    return load.result(), samples


def _watch(process: ServerProcess, load: Future[Load]) -> Iterator[Sample]:
    began = perf_counter()
    while not load.done():
        yield Sample((perf_counter() - began) / 60, process.held())
        wait_for([load], _EVERY_S)


def grown(samples: Sequence[Sample]) -> str:
    """How memory grew after the first tenth."""
    kept = [sample for sample in samples if sample.minute >= _WARM_SHARE * samples[-1].minute]
    if len(kept) < _LEAST_SAMPLES:
        return "too short to tell whether memory grew"
    slope = growth([sample.minute / 60 for sample in kept], [sample.held.anonymous for sample in kept])
    return f"memory grew by {slope:+.2f} MiB an hour"


def _lines(load: Load, samples: Sequence[Sample]) -> Iterator[str]:
    yield "| minute | p99 ms | anonymous MiB | PSS MiB | descriptors | threads |"
    yield "|---|---|---|---|---|---|"
    for minute, p99 in enumerate(load.minutes_p99_ms):
        last = [sample.held for sample in samples if sample.minute < minute + 1][-1]
        figures = f"{last.anonymous:.1f} | {last.pss:.1f} | {last.descriptors} | {last.threads}"
        yield f"| {minute + 1} | {p99:.1f} | {figures} |"
    yield f"{load.answered:,} requests, {load.failed} failed; p50 {load.p50_ms:.2f}, p99 {load.p99_ms:.1f} ms"
    yield grown(samples)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a trained model's folder (default: train one on made-up data)")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--share", type=float, default=0.5, help="of the highest rate")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second, instead of a share")
    return parser


if __name__ == "__main__":
    main()
