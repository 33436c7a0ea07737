"""The windows that count: those that both models forecast, over the same days, with the same sales to be met."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from retailctl.domain.comparison.backtest import Backtest, Forecasts, Window


@dataclass(frozen=True)
class Scores:
    """A model's figures of a window, or their means over windows; None where a figure has no meaning."""

    wrmsse: float | None
    wape: float | None
    bias: float | None
    """Share of the units sold; above zero: too much was forecast."""


@dataclass(frozen=True)
class Pair:
    """Both models' forecasts of one window, cut to the days that both cover."""

    origin: date
    candidate: Window
    champion: Window
    days: int

    @property
    def whole(self) -> bool:
        """Whether the days are all those of both, so that figures of the whole window can be compared."""
        return len(self.candidate.units) == len(self.champion.units) == self.days

    @property
    def same_scale(self) -> bool:
        """Whether there is a WRMSSE of both models, and it means the same.

        Its scales and weights come from the days before the window. The seasonal naive is made of nothing but the
        data: where its WRMSSE differs, so did the data, or the measure itself.
        """
        if not (self.whole and self.candidate.model.wrmsse and self.champion.model.wrmsse):
            return False
        own, other = self.candidate.naive.wrmsse, self.champion.naive.wrmsse
        return own is not None and other is not None and _same(own, other)

    def scores(self, forecasts: Forecasts) -> Scores:
        """The figures of one of the two models."""
        units = math.fsum(self.candidate.units[: self.days])
        return Scores(
            wrmsse=forecasts.wrmsse if self.same_scale else None,
            wape=math.fsum(forecasts.absolute_error[: self.days]) / units,
            bias=math.fsum(forecasts.error[: self.days]) / units,
        )


@dataclass(frozen=True)
class LeftOut:
    """A window that does not count, and why."""

    origin: date
    why: str
    cause: str
    """One word for programs: one-sided, corrected, unsold, exact or overlapping."""


@dataclass(frozen=True)
class Pairing:
    """The pairs, the oldest first, and the windows that were left out."""

    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    days: int


def pair_windows(candidate: Backtest, champion: Backtest) -> Pairing:
    """Pair the windows by origin, from the newest back; one that overlaps a pair would count the same days twice."""
    days = min(candidate.horizon, champion.horizon)
    own = {window.origin: window for window in candidate.windows}
    others = {window.origin: window for window in champion.windows}
    pairs: list[Pair] = []
    left_out: list[LeftOut] = list(_one_sided(own, others))
    for origin in sorted(own.keys() & others.keys(), reverse=True):
        pair = Pair(origin, own[origin], others[origin], days)
        flaw = _flaw(pair, pairs[-1] if pairs else None)
        if flaw:
            left_out.append(flaw)
        else:
            pairs.append(pair)
    return Pairing(tuple(reversed(pairs)), tuple(sorted(left_out, key=lambda each: each.origin)), days)


def _one_sided(own: dict[date, Window], others: dict[date, Window]) -> Iterator[LeftOut]:
    for origin in own.keys() ^ others.keys():
        side = "candidate" if origin in own else "champion"
        yield LeftOut(origin, f"only the {side}'s backtest has it", "one-sided")


def _flaw(pair: Pair, later: Pair | None) -> LeftOut | None:
    corrected = _corrected_days(pair)
    if corrected:
        why = f"the units sold differ on {corrected} of {pair.days} days: the data was corrected in between"
        return LeftOut(pair.origin, why, "corrected")
    if math.fsum(pair.candidate.units[: pair.days]) <= 0:
        return LeftOut(pair.origin, "nothing was sold in it", "unsold")
    if any(math.fsum(each.model.absolute_error[: pair.days]) <= 0 for each in (pair.candidate, pair.champion)):
        return LeftOut(pair.origin, "one of the models made no error in it, which no ratio can be made of", "exact")
    if later and (later.origin - pair.origin).days < pair.days:
        return LeftOut(pair.origin, f"it overlaps the window from {later.origin}", "overlapping")
    return None


def _corrected_days(pair: Pair) -> int:
    both = zip(pair.candidate.units[: pair.days], pair.champion.units[: pair.days], strict=True)
    return sum(not _same(own, other) for own, other in both)


def _same(own: float, other: float) -> bool:
    """Equal but for the order of a sum in single precision, which is below one unit in a million."""
    return math.isclose(own, other, rel_tol=1e-6, abs_tol=1e-6)
