"""Lags and rolling means of every day of a million rows, beside mlforecast, and whether they are equal.

    python tests/benchmarks/forecast_features.py [--days 1080] [--rounds 20] [--peer-python PYTHON]

The rows are made up (1,000 series, no prices, events or promotions, so that both compute from sales alone) and read
from one Parquet file. ``ours``: ``training.running``, which training makes the peers' levels with, on a panel.
``mlforecast``: ``preprocess`` with the same lags and ``RollingMean``, from a pandas frame sorted by series and day,
nothing dropped. Each runs in processes of its own.

Measured inside: the first and the fastest call by the wall clock and the least processor time of one, from the data in
memory (panel or frame) to the finished columns in memory, and what the first call added to the resident memory at its
peak, the columns themselves included (38 MiB). Measured outside: the whole process that imports, reads the file and
makes the columns once.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_measured import ROOT, Run, machine, measure
from tests.benchmarks.forecast_peers import HERE, add_peer_python, why_not

WORKERS = {
    "ours": ("forecast_features_ours.py", "1"),
    "mlforecast, 1 thread": ("forecast_features_mlforecast.py", "1"),
    "mlforecast, 2 threads": ("forecast_features_mlforecast.py", "2"),
}
"""Name in the table -> script and threads."""
TOLERANCE = 1e-4
"""Greatest relative difference of two numbers that count as equal: both compute in single precision."""


def main() -> None:
    """Measure and print a table."""
    options = _parser().parse_args()
    if reason := why_not(options.peer_python):
        print(f"skipped: mlforecast: {reason}")
        return
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _write_rows(work / "data", options.days)
        found = {worker: _measured(worker, work, options) for worker in WORKERS}
        print(_equality(work, list(WORKERS)))
    _print_table(found)
    print(f"at the end: {machine()}")


def _write_rows(folder: Path, days: int) -> None:
    made = folder.with_name("made")
    sample = [sys.executable, "-m", "training.datasets.sample", "--out", made, "--stores", "4", "--items", "250"]
    subprocess.run([*sample, "--days", str(days), "--future", "0"], cwd=ROOT, check=True, capture_output=True)
    rows = pd.read_parquet(made, columns=["store_id", "item_id", "date", "sales"])
    rows = rows.astype({"store_id": str, "item_id": str, "sales": "float32"})
    rows = rows.sort_values(["store_id", "item_id", "date"])
    # Without prices, a series' life begins with its first sale.
    begun = (rows["sales"] > 0).groupby([rows["store_id"], rows["item_id"]]).cummax()
    folder.mkdir()
    rows[begun].to_parquet(folder / "sales.parquet", index=False)


def _measured(worker: str, work: Path, options: argparse.Namespace) -> tuple[Run, dict[str, float]]:
    """The whole process with one call, and what a process with several calls says of itself."""
    script, threads = WORKERS[worker]
    python = sys.executable if worker == "ours" else options.peer_python
    line = [python, HERE / script, "--data", work / "data", "--threads", threads]
    whole = measure([*line, "--rounds", "1"])
    inside = measure([*line, "--rounds", str(options.rounds), "--out", _file(work, worker)])
    said: dict[str, float] = json.loads(inside.output.splitlines()[-1])
    return whole, said


def _file(work: Path, worker: str) -> Path:
    return work / (re.sub(r"\W+", "-", worker) + ".npz")


def _equality(work: Path, workers: list[str]) -> str:
    """Compares all cells of the first worker's columns with those of the others; ends the benchmark at a difference."""
    ours, *others = (np.load(_file(work, worker)) for worker in workers)
    greatest, cells = 0.0, 0
    for other in others:
        if set(ours.files) != set(other.files):
            raise SystemExit(f"different columns: {sorted(ours.files)} and {sorted(other.files)}")
        for name in ours.files:
            greatest = max(greatest, _difference(name, ours[name], other[name]))
            cells += len(ours[name])
    columns = ", ".join(ours.files)
    return f"{len(ours[ours.files[0]]):,} rows x {len(ours.files)} columns ({columns})\n" + (
        f"all {cells:,} cells compared are equal: greatest relative difference {greatest:.1e}, no other gaps\n"
    )


def _difference(name: str, one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    if len(one) != len(other) or (np.isnan(one) != np.isnan(other)).any():
        raise SystemExit(f"{name}: other rows, or missing values elsewhere")
    relative = np.abs(one - other) / np.maximum(np.abs(other), 1)
    greatest = float(np.nanmax(relative))
    if greatest > TOLERANCE:
        raise SystemExit(f"{name}: relative difference {greatest:.1e}")
    return greatest


def _print_table(found: dict[str, tuple[Run, dict[str, float]]]) -> None:
    ours, said = found["ours"]
    print(f"{'':<24}{'one call, data in memory':^60}{'whole process':^50}")
    ratios = ("speed x", "memory x")
    head = ("first s", "best s", "cpu s", "added MiB", *ratios, "wall s", "user s", "peak MiB", *ratios)
    print(f"{'':<24}" + "".join(f"{title:>10}" for title in head))
    for worker, (whole, inside) in found.items():
        print(
            f"{worker:<24}{inside['first_s']:>10.3f}{inside['best_s']:>10.3f}{inside['cpu_s']:>10.3f}"
            f"{inside['added_mib']:>10.0f}"
            f"{inside['best_s'] / said['best_s']:>10.2f}{inside['added_mib'] / said['added_mib']:>10.2f}"
            f"{whole.wall_s:>10.2f}{whole.user_s:>10.2f}{whole.peak_mib:>10.0f}"
            f"{whole.wall_s / ours.wall_s:>10.2f}{whole.peak_mib / ours.peak_mib:>10.2f}"
        )
    print("speed x (of the fastest call, and of the process by wall time) and memory x: how many times what ours takes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1080, help="days of history; 1080 make a million rows")
    parser.add_argument("--rounds", type=int, default=20, help="calls, of which the fastest counts")
    add_peer_python(parser)
    return parser


if __name__ == "__main__":
    main()
