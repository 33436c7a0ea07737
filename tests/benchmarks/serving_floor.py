"""The in-process floor: parse, features, trees and the answer's bytes in one thread, without a server around them.

    python tests/benchmarks/serving_floor.py MODEL_DIR SECONDS BODIES ...

Calls ``serving.scoring.score``, which is what ``POST /score`` does with a body, on the bodies of each file in turn;
prints for each file what a call takes, as one line of JSON.
"""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parents[2]))
from serving.model import Model, open_model
from serving.scoring import score

_MOST_SERIES = 10_000
_LEAST_CALLS = 5


@dataclass(frozen=True, slots=True)
class Floor:
    """What a call takes, in milliseconds."""

    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """Mean processor time."""


def measure(model: Model, bodies: list[bytes], seconds: float) -> Floor:
    """Calls for some seconds, after a tenth of them to warm up."""
    _calls(model, bodies, seconds / 10)
    gc.collect()
    worked = process_time()
    taken = _calls(model, bodies, seconds)
    cuts = quantiles(taken, n=100)
    return Floor(cuts[49] * 1000, cuts[98] * 1000, (process_time() - worked) / len(taken) * 1000)


def _calls(model: Model, bodies: list[bytes], seconds: float) -> list[float]:
    taken: list[float] = []
    began = perf_counter()
    for body in cycle(bodies):
        before = perf_counter()
        score(model, body)
        after = perf_counter()
        taken.append(after - before)
        if after - began > seconds and len(taken) >= _LEAST_CALLS:
            break
    return taken


if __name__ == "__main__":
    opened = open_model(Path(sys.argv[1]), _MOST_SERIES)
    files = [Path(name).read_bytes().splitlines() for name in sys.argv[3:]]
    print(json.dumps([asdict(measure(opened, bodies, float(sys.argv[2]))) for bodies in files]))
