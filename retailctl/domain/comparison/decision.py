"""The verdict on a candidate: promoted, rejected or inconclusive, with every figure that led to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from retailctl.domain.comparison.backtest import Backtest
from retailctl.domain.comparison.guards import BIAS, Guard, check_guards
from retailctl.domain.comparison.paired_test import LEAST_WINDOWS_TESTED, PairedTest, paired_test
from retailctl.domain.comparison.pairing import LeftOut, Pair, Scores, pair_windows

Verdict = Literal["promoted", "rejected", "inconclusive"]
Measure = Literal["wrmsse", "wape"]

LEAST_WINDOWS = 3
"""One window is noise, and two say next to nothing about the spread of their difference."""
DEFAULT_CONFIDENCE = 0.95
"""Of two models that are equally good, a candidate is then promoted in one comparison of forty, or fewer."""


@dataclass(frozen=True)
class ScoredWindow:
    """Both models' figures of one window, and the difference in the measure as a share of the champion's."""

    origin: date
    candidate: Scores
    champion: Scores
    difference: float


@dataclass(frozen=True)
class Comparison:
    """A verdict with its figures; everything is compared over the same windows and days."""

    verdict: Verdict
    reason: str
    measure: Measure
    confidence: float
    days: int
    """Of each window."""
    windows: tuple[ScoredWindow, ...]
    candidate: Scores
    """Means over the windows, as for the champion."""
    champion: Scores
    test: PairedTest | None
    """None with fewer than two windows."""
    guards: tuple[Guard, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether there were windows enough to decide on."""
        return len(self.windows) >= LEAST_WINDOWS


def decide(candidate: Backtest, champion: Backtest, confidence: float = DEFAULT_CONFIDENCE) -> Comparison:
    """Compare two models window by window; lower is better.

    The confidence interval of the difference decides: where it lies below zero, the candidate is promoted, or rejected
    if it breaks a guard rail; where it lies above zero, it is rejected; else, or with too few windows, it is
    inconclusive.

    Args:
        confidence: of the two-sided interval; of equally good models a share of (1 - confidence) / 2 is promoted.
    """
    paired = pair_windows(candidate, champion)
    measure: Measure = "wrmsse" if paired.pairs and all(pair.same_scale for pair in paired.pairs) else "wape"
    windows = tuple(_scored(pair, measure) for pair in paired.pairs)
    ratios = [1 + window.difference for window in windows]
    test = paired_test(ratios, confidence) if len(ratios) >= LEAST_WINDOWS_TESTED else None
    own, other = _means(window.candidate for window in windows), _means(window.champion for window in windows)
    guards = check_guards(paired.pairs)
    verdict, reason = _verdict(test, guards, len(windows))
    return Comparison(
        verdict=verdict,
        reason=reason,
        measure=measure,
        confidence=confidence,
        days=paired.days,
        windows=windows,
        candidate=own,
        champion=other,
        test=test,
        guards=guards,
        left_out=paired.left_out,
        notes=tuple(_notes(candidate, champion, paired.pairs)),
    )


def _scored(pair: Pair, measure: Measure) -> ScoredWindow:
    own, other = pair.scores(pair.candidate.model), pair.scores(pair.champion.model)
    value, champions = getattr(own, measure), getattr(other, measure)
    return ScoredWindow(pair.origin, own, other, value / champions - 1)


def _means(scores: Iterable[Scores]) -> Scores:
    found = list(scores)

    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return math.fsum(known) / len(known) if known and len(known) == len(values) else None

    return Scores(
        wrmsse=mean([each.wrmsse for each in found]),
        wape=mean([each.wape for each in found]),
        bias=mean([each.bias for each in found]),
    )


def _verdict(test: PairedTest | None, guards: Sequence[Guard], windows: int) -> tuple[Verdict, str]:
    if test is None or windows < LEAST_WINDOWS:
        count = f"{windows or 'no'} window{'' if windows == 1 else 's'}"
        return "inconclusive", f"{count} can be compared; at least {LEAST_WINDOWS} are needed"
    if test.low > 0:
        return "rejected", "the candidate is worse than the champion"
    if test.high >= 0:
        return "inconclusive", "the difference between the two is within what windows differ by chance"
    broken = [guard for guard in guards if not guard.passed]
    if broken:
        return "rejected", "better on average, but " + " and ".join(map(_broken, broken))
    return "promoted", "the candidate is better than the champion"


def _broken(guard: Guard) -> str:
    if guard.guard == BIAS:
        return f"much more biased ({guard.candidate:.1%}, the limit is {guard.limit:.1%})"
    return f"much worse in store {guard.subject} (WAPE {guard.candidate:.4g}, the limit is {guard.limit:.4g})"


def _notes(candidate: Backtest, champion: Backtest, pairs: Sequence[Pair]) -> Iterable[str]:
    """What a reader of the figures has to know of how they came about."""
    if candidate.horizon != champion.horizon:
        yield (
            f"the horizons differ ({candidate.horizon} and {champion.horizon} days): the first "
            f"{min(candidate.horizon, champion.horizon)} days of each window are compared, by WAPE and without stores"
        )
    elif pairs and not all(pair.same_scale for pair in pairs):
        yield (
            "WRMSSE is not comparable: it has no meaning in one of the backtests, or the data before the windows or "
            "the measure has changed; decided by WAPE"
        )
    if pairs and candidate.data_fingerprint != champion.data_fingerprint:
        yield "the models were trained on different data; what was sold in the windows is the same in both"
