"""What the workers of forecast_features.py share: the columns to make, and what a call takes, seen from inside.

The standard library and NumPy only, so that the peer's Python can import it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[np.float32]]

LAGS = (1, 2, 3)
"""Days before."""
SPANS = (7, 14, 28, 56, 91, 182, 364)
"""Days of the rolling means that end the day before."""

_KIB_A_MIB = 1024


def worker_options(description: str | None) -> argparse.Namespace:
    """The command line that every worker has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="file for the columns")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def time_calls(make: Callable[[], Columns], rounds: int) -> tuple[Columns, dict[str, float]]:
    """Call several times; the columns, and the wall seconds of the first and the fastest call.

    ``cpu_s`` is the least processor time of a call, of all threads. ``added_mib`` is the peak of resident memory during
    the first call, less what was resident before it (Linux).
    """
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew (proc(5))
    columns, first, cpu = _timed(make)
    said = {"added_mib": (_status("VmHWM") - before) / _KIB_A_MIB, "first_s": first}
    again = [_timed(make)[1:] for _ in range(rounds - 1)]
    best, least = (min(seconds) for seconds in zip((first, cpu), *again, strict=True))
    return columns, said | {"best_s": best, "cpu_s": least}


def _timed(make: Callable[[], Columns]) -> tuple[Columns, float, float]:
    """The columns, and the seconds by the clock and of the processor."""
    began, worked = perf_counter(), process_time()
    columns = make()
    return columns, perf_counter() - began, process_time() - worked


def finish(columns: Columns, said: Mapping[str, float], out: Path | None) -> None:
    """Write the columns for the comparison, and say what the calls took in the last line."""
    if out:
        np.savez(out, **{name: np.asarray(values, np.float32) for name, values in columns.items()})
    print(json.dumps(said))


def _status(name: str) -> int:
    """KiB of a line of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))
