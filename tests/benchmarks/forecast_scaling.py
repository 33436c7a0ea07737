"""How the cost of training and forecasting grows: one, two and four stores of M5; and what the demo's sample costs.

    python tests/benchmarks/forecast_scaling.py --work DIR [--stores CA_1 CA_2 CA_3 CA_4] [--train-options=...]

Whole processes of ``training/train.py`` and ``training.forecast`` on the data as known at d_1913. A cost grows no
faster than linearly where its ratio to one store is at most the ratio of the series; that quotient is printed as
``growth``. No peer: this compares the product with itself.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_m5_data import STORES, known_at, unless_absent
from tests.benchmarks.forecast_measured import Run, machine, measure

ORIGIN_DATE = date(2016, 4, 25)
"""The day after d_1913."""
HORIZON = 28
SERIES_A_STORE = 3049
SIZES = (1, 2, 4)
DEMO_LIMIT_S = 10


def main() -> None:
    """Measure and print two tables."""
    options = _parser().parse_args()
    print(machine(), flush=True)
    with ExitStack() as stack:
        work = (options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        work.mkdir(parents=True, exist_ok=True)
        _demo(work)
        unless_absent()
        _sizes(work, list(options.stores), shlex.split(options.train_options))
    print(f"at the end: {machine()}")


def _demo(work: Path) -> None:
    """Training on the sample that `make demo` trains on, with all that its users see."""
    data = work / "demo"
    measure([sys.executable, "-m", "training.datasets.sample", "--out", data])
    run = _train(data, work / "model", [])
    print(f"demo's sample, 60 series: trained in {run.wall_s:.1f} s (at most {DEMO_LIMIT_S}), ", end="")
    print(f"{run.user_s:.1f} s user, {run.peak_mib:,.0f} MiB\n", flush=True)


def _sizes(work: Path, stores: list[str], train_options: list[str]) -> None:
    costs = ("wall s", "user s", "peak MiB")
    print(f"{'':<10}{'train.py':^54}{'training.forecast':^54}")
    print(f"{'series':<10}" + "".join(f"{title:>9}{'growth':>9}" for title in costs * 2))
    smallest: tuple[Run, ...] = ()
    for size in SIZES:
        data, model = known_at(work, ORIGIN_DATE, HORIZON, stores[:size]), work / "model"
        asked = [sys.executable, "-m", "training.forecast", "--model", model, "--data", data]
        runs = (_train(data, model, train_options), measure([*asked, "--out", work / "forecast.parquet"]))
        smallest = smallest or runs
        cells = [_cells(run, first, size) for run, first in zip(runs, smallest, strict=True)]
        print(f"{SERIES_A_STORE * size:<10,}{''.join(cells)}", flush=True)


def _train(data: Path, model: Path, options: list[str]) -> Run:
    return measure([sys.executable, "training/train.py", "--data", data, "--out_dir", model, *options])


def _cells(run: Run, first: Run, size: int) -> str:
    cells = ""
    for name, digits in (("wall_s", 1), ("user_s", 1), ("peak_mib", 0)):
        cost = getattr(run, name)
        cells += f"{cost:>9,.{digits}f}{cost / getattr(first, name) / size:>9.2f}"
    return cells


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="folder to keep the converted data in (default: a temporary one)")
    parser.add_argument(
        "--stores", nargs=max(SIZES), choices=STORES, default=STORES[:4], metavar="STORE", help="in this order"
    )
    parser.add_argument("--train-options", default="", help="more options of train.py, as one word")
    return parser


if __name__ == "__main__":
    main()
