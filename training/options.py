"""The options of training: what they mean, their defaults and which values are refused."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
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
    backtest_end: date | None = None
    rows: int = 2_000_000
    iterations: int = 200
    learning_rate: float = 0.08
    max_leaf_nodes: int = 63
    min_samples_leaf: int = 1000
    l2_regularization: float = 20.0
    max_features: float = 0.5
    variance_power: float = 1.3
    seed: int = 0
    workers: int = 2

    def logged(self) -> dict[str, int | float | str]:
        """The options that decide what the model is, for the manifest and the tracking server."""
        left_out = {"data", "out_dir", "workers", "backtest_end"}
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in left_out}
        ended = {} if self.backtest_end is None else {"backtest_end": str(self.backtest_end)}
        return {**values, **ended, "quantiles": _shown(self.quantiles)}


def parse_options(argv: Sequence[str] | None) -> TrainOptions:
    """The options of a command line; ends the process with code 2 and a usage message when one is refused."""
    return TrainOptions(**vars(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Train the demand forecast on daily sales, backtest it and write it as an MLflow model.",
        epilog="Exit codes: 0 trained, 2 wrong option, 6 unusable data, 1 anything else.",
        allow_abbrev=False,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of Parquet or CSV files in the data contract")
    parser.add_argument("--out_dir", "--out-dir", type=Path, required=True, help="folder to write; made if missing")
    defaults = {field.name: field.default for field in fields(TrainOptions)}

    def add(name: str, kind: Callable[[str], object], text: str) -> None:
        default = defaults[name]
        parser.add_argument(
            f"--{name}",
            type=kind,
            default=default,
            metavar="N" if kind is not _date else "DATE",
            help=text if default is None else f"{text} (default: {_shown(default)})",
        )

    add("horizon", _between(int, 1, MAX_HORIZON), "days to forecast")
    add("quantiles", _levels, f"levels to report, {LEVELS[0]:g} to {LEVELS[-1]:g}, separated by commas")
    add("backtest_origins", _between(int, 1, 20), "origins of the backtest, one horizon apart")
    add("backtest_end", _date, "last day of the backtest; by default the last known one")
    add("rows", _between(int, 1000, 20_000_000), "most rows to train on, drawn from the whole history")
    add("iterations", _between(int, 1, 5000), "trees")
    add("learning_rate", _between(float, 1e-4, 1), "share of its correction that each tree makes")
    add("max_leaf_nodes", _between(int, 2, MOST_LEAVES), "leaves of a tree")
    add("min_samples_leaf", _between(int, 1, 1_000_000), "rows that a leaf holds at least")
    add("l2_regularization", _between(float, 0, 1_000_000), "shrinks leaves that few units were sold in; in units")
    add("max_features", _between(float, 0.01, 1), "share of the features drawn for each split")
    add(
        "variance_power",
        _between(float, 1.01, 1.99),
        "of the Tweedie loss: near 1 fast sellers weigh most, near 2 all weigh the same",
    )
    add("seed", _between(int, 0, 2**31 - 1), "the same data, options and seed give the same model")
    add("workers", _between(int, 1, 64), "threads to fit with; changes the time, not the model")
    return parser


def _shown(value: object) -> str:
    return ",".join(f"{level:g}" for level in value) if isinstance(value, tuple) else str(value)


def _between(kind: type[int] | type[float], lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value: float = kind(text)
        except ValueError:
            value = math.nan
        if not lowest <= value <= highest:
            word = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {word} from {lowest:,} to {highest:,}")
        return value

    return parse


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date, YYYY-MM-DD") from None


def _levels(text: str) -> tuple[float, ...]:
    lowest, highest = float(LEVELS[0]), float(LEVELS[-1])
    try:
        levels = tuple(sorted(float(part) for part in text.split(",")))
    except ValueError:
        levels = ()
    if not levels or not all(lowest <= level <= highest for level in levels) or len(set(levels)) < len(levels):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of different levels from {lowest:g} to {highest:g}")
    return levels
