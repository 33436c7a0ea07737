"""How often the verdict is wrong: simulated trainings whose daily errors are correlated, with a fixed seed."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from retailctl.domain.comparison import decide
from tests.unit.domain.comparison.backtests import HORIZON, document, method, origins, read, window

CARRY_OVER = 0.8
"""Correlation of a day's error with the day before, also from one window to the next."""
SHARED = 0.6
"""Share of the variance that both models have in common: they miss the same holidays."""
ROUNDS = 600


def chain(random_: random.Random, days: int) -> list[float]:
    """Daily errors with variance 1, each carried over from the day before."""
    errors = [random_.gauss(0, 1)]
    for _ in range(days - 1):
        errors.append(CARRY_OVER * errors[-1] + math.sqrt(1 - CARRY_OVER**2) * random_.gauss(0, 1))
    return errors


def trained(shared: list[float], own: list[float], spread: list[float], count: int) -> Any:
    """A backtest whose WRMSSE is the root mean squared error of each window; ``spread`` scales its errors."""
    windows = []
    for place, origin in enumerate(origins(count)):
        days = range(place * HORIZON, (place + 1) * HORIZON)
        errors = [spread[place] * (math.sqrt(SHARED) * shared[day] + math.sqrt(1 - SHARED) * own[day]) for day in days]
        wrmsse = math.sqrt(sum(error**2 for error in errors) / HORIZON)
        windows.append(window(origin, method([abs(error) for error in errors], errors, wrmsse)))
    return document(windows)


def verdicts(count: int, advantage: float, seed: int) -> Counter[str]:
    """Verdicts on candidates whose errors are smaller by ``advantage``; some windows are harder than others."""
    random_ = random.Random(seed)
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        shared, own, other = (chain(random_, count * HORIZON) for _ in range(3))
        hard = [random_.choice((3.0, 6.0)) for _ in range(count)]
        candidate = trained(shared, own, [each * (1 - advantage) for each in hard], count)
        told[decide(read(candidate), read(trained(shared, other, hard, count))).verdict] += 1
    return told


@pytest.mark.parametrize("count", [3, 5, 10])
def test_of_equally_good_models_hardly_one_is_promoted(count: int) -> None:
    nominal = 0.025
    noise = 2 * math.sqrt(nominal * (1 - nominal) / ROUNDS)
    told = verdicts(count, 0.0, seed=count)
    assert told["promoted"] / ROUNDS <= nominal + noise
    assert told["rejected"] / ROUNDS <= nominal + noise
    assert told["inconclusive"] > 0.9 * ROUNDS


@pytest.mark.parametrize(("count", "least"), [(3, 0.5), (5, 0.9), (10, 0.99)])
def test_a_clearly_better_model_is_promoted_the_surer_the_more_windows(count: int, least: float) -> None:
    told = verdicts(count, 0.5, seed=count)
    assert told["promoted"] / ROUNDS >= least
    assert told["rejected"] == 0


def test_the_errors_of_the_simulation_are_carried_over_as_said() -> None:
    errors = chain(random.Random(1), 50_000)
    carried = sum(before * after for before, after in pairwise(errors)) / sum(error**2 for error in errors)
    assert carried == pytest.approx(CARRY_OVER, abs=0.02)
