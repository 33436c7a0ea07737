"""The options of training: what they mean, their defaults and which values are refused."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from training.artifact.trees import MOST_LEAVES
from training.features.spec import MAX_HORIZON
from training.model.residuals import LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What ``train.py`` is told; the defaults suit a retailer's daily sales."""

    data: Path
    out_dir: Path
    horizon: int = 28
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    backtest_origins: int = 3
    rows: int = 400_000
    iterations: int = 100
    learning_rate: float = 0.08
    max_leaf_nodes: int = 15
    min_samples_leaf: int = 40
    l2_regularization: float = 20.0
    max_features: float = 0.5
    seed: int = 0
    workers: int = 2

    def logged(self) -> dict[str, int | float | str]:
        """The options that decide what the model is, for the manifest and the tracking server."""
        left_out = {"data", "out_dir", "workers"}
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in left_out}
        return {**values, "quantiles": ",".join(f"{level:g}" for level in self.quantiles)}


def parse_options(argv: Sequence[str] | None) -> TrainOptions:
    """The options of a command line; ends the process with code 2 and a usage message when one is refused."""
    return TrainOptions(**vars(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Train the demand forecast on daily sales, backtest it and write it as an MLflow model.",
        epilog="Exit codes: 0 trained, 2 wrong option, 6 unusable data, 1 anything else.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    lowest, highest = LEVELS[0], LEVELS[-1]
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of Parquet or CSV files in the data contract")
    add("--out_dir", "--out-dir", type=Path, required=True, help="folder to write the model into; made if missing")
    add("--horizon", type=_between(int, 1, MAX_HORIZON), help="days to forecast")
    add("--quantiles", type=_levels, help=f"levels to report, {lowest:g} to {highest:g}, separated by commas")
    add("--backtest_origins", type=_between(int, 1, 20), help="origins of the backtest, one horizon apart")
    add("--rows", type=_between(int, 1000, 20_000_000), help="most rows to train on, drawn from the whole history")
    add("--iterations", type=_between(int, 1, 5000), help="trees")
    add("--learning_rate", type=_between(float, 1e-4, 1.0), help="how much of its correction each tree makes")
    add("--max_leaf_nodes", type=_between(int, 2, MOST_LEAVES), help="leaves of a tree")
    add("--min_samples_leaf", type=_between(int, 1, 1_000_000), help="rows a leaf must hold")
    add("--l2_regularization", type=_between(float, 0.0, 1e9), help="shrinks leaves of few units sold (in units)")
    add("--max_features", type=_between(float, 0.01, 1.0), help="share of the features drawn for each split")
    add("--seed", type=_between(int, 0, 2**31 - 1), help="the same data, options and seed give the same model")
    add("--workers", type=_between(int, 1, 64), help="models fitted at once (backtest and final); each takes memory")
    parser.set_defaults(**{field.name: field.default for field in fields(TrainOptions) if field.default is not MISSING})
    return parser


def _between(kind: type[int] | type[float], lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value: float = kind(text)
        except ValueError:
            value = math.nan
        if not lowest <= value <= highest:
            word = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {word} from {lowest:g} to {highest:g}")
        return value

    return parse


def _levels(text: str) -> tuple[float, ...]:
    lowest, highest = float(LEVELS[0]), float(LEVELS[-1])
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        levels = ()
    if not levels or not all(lowest <= level <= highest for level in levels) or len(set(levels)) < len(levels):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of different levels from {lowest:g} to {highest:g}")
    return tuple(sorted(levels))
