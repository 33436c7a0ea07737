"""How accurate the forecast is on M5 and what it costs, with seasonal naive and mlforecast + LightGBM beside it.

    python tests/benchmarks/forecast_m5.py --work DIR [--origin 1913 ...| --origins five] [--stores CA_1 ...]
        [--peers mlforecast mlforecast-poisson] [--peer-python PYTHON]
        [--train-options='--backtest_origins 1'] [--levels]

For each origin: the data as it was known on that day, from Parquet files; ``training/train.py``, then
``training.forecast``, each a whole process; what it wrote is scored on the 28 days after by an implementation of
WRMSSE that shares nothing with ``training/`` and is first checked against the published figures of the naive methods.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.forecast_m5_data import M5, STORES, known_at, unless_absent
from tests.benchmarks.forecast_measured import Run, machine, measure
from tests.benchmarks.forecast_peers import PEERS, add_peer_python, peer_command, why_not
from tests.benchmarks.forecast_wrmsse import HORIZON, LEVELS, Judge, Sales, Score, read_forecasts, read_sales

FIRST_ORIGIN = 392
"""With a year of history."""
LAST_ORIGIN = 1913
"""The last one whose 28 days are in the files."""
FIVE = [LAST_ORIGIN - HORIZON * back for back in range(1, 6)]
PUBLISHED = {"naive": 1.4639, "seasonal naive": 0.8697}
"""WRMSSE of all M5, trained to d_1913."""
OURS = "ours: train + forecast"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; what is None is not measured."""

    method: str
    score: Score | None
    run: Run | None


def main() -> None:
    """Measure and print a table."""
    options = _parser().parse_args()
    unless_absent()
    print(machine(), flush=True)
    peers = options.peers
    if peers and (reason := why_not(options.peer_python)):
        print(f"skipped: {', '.join(peers)}: {reason}")
        peers = []
    sales = read_sales(M5)
    _check(Judge(sales, LAST_ORIGIN))
    with ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _compare(sales.of(options.stores), work.resolve(), peers, options)
    print(f"at the end: {machine()}")


def _check(judge: Judge) -> None:
    """Ends the benchmark unless its measure gives the published figures."""
    found = {"naive": judge.score(judge.naive()).wrmsse, "seasonal naive": judge.score(judge.seasonal_naive()).wrmsse}
    for name, published in PUBLISHED.items():
        print(f"check of the measure: {name} {found[name]:.4f}, published {published:.4f}", flush=True)
        if abs(found[name] - published) > 5.1e-5:
            raise SystemExit("the measure is wrong; nothing was compared")


def _compare(sales: Sales, work: Path, peers: list[str], options: argparse.Namespace) -> None:
    print(f"{sales.n_series:,} series; the 28 days after each origin; ratios to {OURS}\n")
    head = ("WRMSSE", "/ s.naive", "bias", "wall s", "user s", "sys s", "peak MiB", "wall x", "user x", "memory x")
    print(f"{'origin':<8}{'method':<24}" + "".join(f"{title:>10}" for title in head), flush=True)
    for origin in options.origin or (FIVE if options.origins == "five" else [LAST_ORIGIN]):
        judge = Judge(sales, origin)
        naive = judge.score(judge.seasonal_naive())
        rows = [Row("seasonal naive", naive, None), *_rows(judge, work, peers, options)]
        ours = next(row.run for row in rows if row.method == OURS)
        for row in rows:
            print(f"d_{origin:<6}{row.method:<24}{_scored(row.score, naive)}{_cost(row.run, ours)}", flush=True)
        if options.levels:
            _print_levels(rows)


def _rows(judge: Judge, work: Path, peers: list[str], options: argparse.Namespace) -> Iterator[Row]:
    data = known_at(work, judge.sales.dates[judge.origin], HORIZON, options.stores)
    model, file = work / "model", work / "forecast.parquet"
    train = [sys.executable, "training/train.py", "--data", data, "--out_dir", model]
    trained = measure([*train, "--horizon", str(HORIZON), *shlex.split(options.train_options)])
    asked = [sys.executable, "-m", "training.forecast", "--model", model, "--data", data, "--out", file]
    forecast = measure([*asked, "--horizon", str(HORIZON)])
    yield Row("ours: train", None, trained)
    yield Row("ours: forecast", None, forecast)
    yield Row(OURS, _judged(judge, file), trained + forecast)
    for peer in peers:
        run = measure(peer_command(options.peer_python, peer, data, work / "peer.parquet"))
        yield Row(peer, _judged(judge, work / "peer.parquet"), run)


def _judged(judge: Judge, file: Path) -> Score:
    return judge.score(read_forecasts(file, judge.sales, judge.origin))


def _scored(score: Score | None, naive: Score) -> str:
    if score is None:
        return f"{'':>30}"
    return f"{score.wrmsse:>10.4f}{score.wrmsse / naive.wrmsse:>10.3f}{score.bias:>10.4f}"


def _cost(run: Run | None, ours: Run | None) -> str:
    if run is None or ours is None:
        return ""
    figures = f"{run.wall_s:>10.1f}{run.user_s:>10.1f}{run.system_s:>10.1f}{run.peak_mib:>10,.0f}"
    ratios = (run.wall_s / ours.wall_s, run.user_s / ours.user_s, run.peak_mib / ours.peak_mib)
    return figures + "".join(f"{value:>10.2f}" for value in ratios)


def _print_levels(rows: list[Row]) -> None:
    judged = [(row.method, row.score) for row in rows if row.score]
    print(f"\n{'WRMSSE by level':<24}" + "".join(f"{name:>24}" for name, _ in judged))
    for level in LEVELS:
        print(f"{level:<24}" + "".join(f"{score.levels[level]:>24.4f}" for _, score in judged))
    print(flush=True)


def _origin(text: str) -> int:
    if not text.isdecimal() or not FIRST_ORIGIN <= int(text) <= LAST_ORIGIN:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day from {FIRST_ORIGIN} to {LAST_ORIGIN}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="folder to keep the converted data in (default: a temporary one)")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--origin", type=_origin, nargs="+", help=f"last days trained on (default: {LAST_ORIGIN})")
    origin.add_argument("--origins", choices=["five"], help=f"five: {', '.join(map(str, FIVE))}")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=[], metavar="STORE", help="only these")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=["mlforecast"], help="none: --peers alone")
    parser.add_argument("--train-options", default="", help="more options of train.py, as one word")
    parser.add_argument("--levels", action="store_true", help="also print WRMSSE by level")
    add_peer_python(parser)
    return parser


if __name__ == "__main__":
    main()
