"""How often the verdict is wrong: simulated trainings whose daily errors are correlated, with a fixed seed."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from retailctl.domain.comparison import Backtest, decide
from retailctl.domain.comparison.backtest import Forecasts, Window
from tests.unit.domain.comparison.backtests import HORIZON, origins

CARRY_OVER = 0.8
"""Correlation of a day's error with the day before, also from one window to the next."""
SHARED = 0.6
"""Share of the variance that both models have in common: they miss the same holidays."""
ROUNDS = 600
UNITS = (100.0,) * HORIZON
NAIVE = Forecasts(0.9, UNITS, UNITS, {})


def chain(random_: random.Random, days: int) -> list[float]:
    """Daily errors with variance 1, each carried over from the day before."""
    errors = [random_.gauss(0, 1)]
    for _ in range(days - 1):
        errors.append(CARRY_OVER * errors[-1] + math.sqrt(1 - CARRY_OVER**2) * random_.gauss(0, 1))
    return errors


def trained(shared: list[float], own: list[float], hard: list[float], share: float = 1.0) -> Backtest:
    """A backtest whose WRMSSE is the root mean squared error of each window, of which ``hard`` has the scale."""
    windows = []
    for place, (origin, scale) in enumerate(zip(origins(len(hard)), hard, strict=True)):
        days = range(place * HORIZON, (place + 1) * HORIZON)
        errors = [scale * share * (math.sqrt(SHARED) * shared[day] + math.sqrt(1 - SHARED) * own[day]) for day in days]
        wrmsse = math.sqrt(sum(error**2 for error in errors) / HORIZON)
        model = Forecasts(wrmsse, tuple(errors), tuple(map(abs, errors)), {})
        windows.append(Window(date.fromisoformat(origin), UNITS, model, NAIVE))
    return Backtest(HORIZON, "f" * 64, tuple(windows))


def verdicts(count: int, share: float, seed: int) -> Counter[str]:
    """Verdicts on candidates that make ``share`` of the champion's error; some windows are harder than others."""
    random_ = random.Random(seed)
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        shared, own, other = (chain(random_, count * HORIZON) for _ in range(3))
        hard = [random_.choice((3.0, 6.0)) for _ in range(count)]
        told[decide(trained(shared, own, hard, share), trained(shared, other, hard)).verdict] += 1
    return told


@pytest.mark.parametrize("count", [3, 5])
def test_of_equally_good_models_hardly_one_is_promoted(count: int) -> None:
    nominal = 0.025
    noise = 2 * math.sqrt(nominal * (1 - nominal) / ROUNDS)
    told = verdicts(count, 1.0, seed=count)
    assert told["promoted"] / ROUNDS <= nominal + noise
    assert told["rejected"] / ROUNDS <= nominal + noise
    assert told["inconclusive"] > 0.9 * ROUNDS


@pytest.mark.parametrize(("count", "least"), [(3, 0.5), (5, 0.9)])
def test_a_clearly_better_model_is_promoted_the_surer_the_more_windows(count: int, least: float) -> None:
    told = verdicts(count, 0.5, seed=count)
    assert told["promoted"] / ROUNDS >= least
    assert told["rejected"] == 0


def test_the_errors_of_the_simulation_are_carried_over_as_said() -> None:
    errors = chain(random.Random(1), 50_000)
    carried = sum(before * after for before, after in pairwise(errors)) / sum(error**2 for error in errors)
    assert carried == pytest.approx(CARRY_OVER, abs=0.02)
