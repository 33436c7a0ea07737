"""How the sample's shops sell: a catalogue of items, and for each store prices, promotions and daily units.

Demand is a product of level, week, year, trend, holidays, paydays, price and promotion; units are drawn from a
gamma-Poisson mixture, the usual model of retail counts (variance above the mean, many zeros for slow sellers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.datasets.holidays import demand_effect

Floats = NDArray[np.float64]

CATEGORIES = ("GROCERY", "HOUSEHOLD", "LEISURE")
SHARES = (0.5, 0.3, 0.2)
WEEK = np.array(  # Monday to Sunday
    [
        [0.90, 0.86, 0.88, 0.95, 1.10, 1.22, 1.09],
        [0.92, 0.90, 0.90, 0.94, 1.02, 1.22, 1.10],
        [0.80, 0.78, 0.82, 0.92, 1.16, 1.36, 1.16],
    ]
)
PAYDAY = (1, 2, 15, 16)
DISCOUNTS = np.array([0.10, 0.20, 0.30])
GAMMA_SHAPE = 6.0
"""Units have variance = mean + mean^2 / 6."""
INTERMITTENT, NEW, DISCONTINUED = 0.30, 0.10, 0.08


@dataclass(frozen=True, slots=True)
class Catalogue:
    """k items; fractions of the history tell when an item is launched and when it is taken off the shelf."""

    category: NDArray[np.int64]
    level: Floats
    price: Floats
    elasticity: Floats
    season: Floats
    peak: Floats
    trend: Floats
    launch: Floats
    end: Floats


@dataclass(frozen=True, slots=True)
class StoreSales:
    """One store: (k, t) matrices, the days to forecast included."""

    units: NDArray[np.int64]
    price: Floats
    """NaN = not on sale."""
    promo: NDArray[np.int8]
    launch: NDArray[np.int64]
    """(k,) first day on sale."""


def make_catalogue(items: int, rng: np.random.Generator) -> Catalogue:
    """The items that all stores carry. About a third sell now and then; a few are new, a few are discontinued."""
    category = rng.choice(len(CATEGORIES), size=items, p=SHARES)
    category[: len(CATEGORIES)] = np.arange(len(CATEGORIES))[:items]
    order = rng.permutation(items)
    slow, new, gone = (_some(items, share) for share in (INTERMITTENT, NEW, DISCONTINUED))
    level = np.exp(rng.normal(1.6, 0.8, items))
    level[order[:slow]] = rng.uniform(0.05, 0.35, slow)
    launch, end = np.zeros(items), np.full(items, 2.0)
    others = order[slow:]
    launch[others[:new]] = rng.uniform(0.55, 0.85, len(others[:new]))
    end[others[new : new + gone]] = rng.uniform(0.60, 0.92, len(others[new : new + gone]))
    return Catalogue(
        category=category,
        level=level,
        price=np.exp(rng.normal(1.3, 0.6, items)),
        elasticity=rng.uniform(-2.4, -1.2, items),
        season=rng.uniform(0.05, 0.45, items),
        peak=rng.choice([20.0, 190.0, 330.0], items) + rng.normal(0, 20, items),
        trend=rng.normal(0.0, 0.12, items),
        launch=launch,
        end=end,
    )


def simulate_store(
    catalogue: Catalogue, dates: NDArray[np.datetime64], history: int, rng: np.random.Generator
) -> StoreSales:
    """Draws one store's prices, promotions and units on ``dates``, of which the first ``history`` are past."""
    launch = np.round(catalogue.launch * history + rng.integers(0, 7, len(catalogue.level)) * (catalogue.launch > 0))
    end = np.round(catalogue.end * history)
    day = np.arange(len(dates))
    shelf = (day >= launch[:, None]) & (day < end[:, None])
    regular = _regular_prices(catalogue, len(dates), rng)
    promo = _promotions(dates, len(catalogue.level), rng) & shelf
    discount = rng.choice(DISCOUNTS, promo.shape[0])[:, None]
    price = np.where(promo, regular * (1 - discount), regular).astype(np.float64).round(2)
    rate = _rate(catalogue, dates, price, regular, promo, rng) * shelf
    units = rng.poisson(rng.gamma(GAMMA_SHAPE, rate / GAMMA_SHAPE))
    return StoreSales(
        units=units,
        price=np.where(shelf, price, np.nan),
        promo=promo.astype(np.int8),
        launch=launch.astype(np.int64),
    )


def paydays(dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """(t,) whether wages were paid that day or the day before."""
    day_of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return np.isin(day_of_month, PAYDAY)


def _some(items: int, share: float) -> int:
    """At least one item of each kind once there are five items."""
    return max(round(items * share), 1) if items >= 5 else 0


def _regular_prices(catalogue: Catalogue, days: int, rng: np.random.Generator) -> Floats:
    """(k, t) shelf price without promotions: a step of a few per cent about every four months."""
    k = len(catalogue.price)
    steps = np.where(rng.random((k, days)) < 1 / 120, rng.normal(0.015, 0.05, (k, days)), 0.0)
    path = catalogue.price[:, None] * np.exp(np.cumsum(np.clip(steps, -0.12, 0.12), axis=1))
    shelf_price: Floats = np.maximum(np.round(path, 1) - 0.01, 0.29)
    return shelf_price


def _promotions(dates: NDArray[np.datetime64], k: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(k, t) promotion weeks, Thursday (the day 1970-01-01 was) to Wednesday."""
    week = dates.astype(np.int64) // 7
    chosen = rng.random((k, int(week[-1] - week[0]) + 1)) < 0.07
    return chosen[:, week - week[0]]


def _rate(
    catalogue: Catalogue,
    dates: NDArray[np.datetime64],
    price: Floats,
    regular: Floats,
    promo: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Floats:
    """(k, t) expected units."""
    k, t = price.shape
    weekday = (dates.astype(np.int64) + 3) % 7
    day_of_year = (dates - dates.astype("datetime64[Y]")).astype(np.int64)
    year = np.cos(2 * np.pi * (day_of_year - catalogue.peak[:, None]) / 365.25)
    holiday = np.stack([demand_effect(dates, category) for category in CATEGORIES])
    mood = np.exp(np.convolve(rng.normal(0, 0.06, t + 6), np.full(7, 7**-0.5), mode="valid"))
    level = catalogue.level * np.exp(rng.normal(0, 0.25, k)) * np.exp(rng.normal(0, 0.35))
    cheapness = price / catalogue.price[:, None]
    rate: Floats = (
        level[:, None]
        * WEEK[catalogue.category][:, weekday]
        * (1 + catalogue.season[:, None] * year)
        * holiday[catalogue.category]
        * np.exp(catalogue.trend[:, None] * np.arange(t) / 365.25)
        * cheapness ** catalogue.elasticity[:, None]
        * np.where(promo, 1.35, 1.0)
        * np.where(paydays(dates), 1.12, 1.0)
        * mood
    )
    return rate
