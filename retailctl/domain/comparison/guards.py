"""Guard rails: what an average that is better must not hide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retailctl.domain.comparison.pairing import Pair

MORE_BIAS = 0.03
"""Share of the units sold by which a candidate may be further off in the sum of a window than the champion, on
average: a surplus or shortage of 3 % in a month is what planners act on, whatever the error of single days."""
MORE_STORE_WAPE = 0.05
"""Share by which a candidate's WAPE may exceed the champion's in any one store."""

BIAS = "bias"
STORE_WAPE = "store-wape"


@dataclass(frozen=True)
class Guard:
    """One rail: the figure of both, and what the candidate's may be at most."""

    guard: str
    """:data:`BIAS` (mean size over the windows, whatever its sign) or :data:`STORE_WAPE`."""
    subject: str
    """The store, or ``all``."""
    candidate: float
    champion: float
    limit: float
    passed: bool


def check_guards(pairs: Sequence[Pair]) -> tuple[Guard, ...]:
    """Every rail, over all windows; stores only where whole windows are compared, whose sums are all there is."""
    if not pairs:
        return ()
    own, other = (math.fsum(sizes) / len(pairs) for sizes in zip(*map(_bias_sizes, pairs), strict=True))
    guards = [_guard(BIAS, "all", own, other, other + MORE_BIAS)]
    if all(pair.whole for pair in pairs):
        guards += _stores(pairs)
    return tuple(guards)


def _bias_sizes(pair: Pair) -> tuple[float, float]:
    """Of one window, without signs: a surplus in spring does not make up for a shortage in winter."""
    sides = (pair.candidate.model, pair.champion.model)
    own, other = (abs(pair.scores(forecasts).bias or 0.0) for forecasts in sides)
    return own, other


def _stores(pairs: Sequence[Pair]) -> Iterator[Guard]:
    own = [pair.candidate.model.stores for pair in pairs]
    others = [pair.champion.model.stores for pair in pairs]
    for store in sorted(set[str]().union(*own) & set[str]().union(*others)):
        units = math.fsum(stores[store].units for stores in own if store in stores)
        if units > 0:
            wape, champions = (
                math.fsum(stores[store].absolute_error for stores in side if store in stores) / units
                for side in (own, others)
            )
            yield _guard(STORE_WAPE, store, wape, champions, champions * (1 + MORE_STORE_WAPE))


def _guard(guard: str, subject: str, candidate: float, champion: float, limit: float) -> Guard:
    return Guard(guard, subject, candidate, champion, limit, candidate <= limit)
