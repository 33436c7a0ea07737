"""The features again, one cell at a time in plain Python: lists, dates and sums, none of the product's code.

A row is (series, origin, step); ``target`` is the index of the day to forecast. Written from the description of each
feature; NaN stands for unknown throughout.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.panel import Panel

HISTORY = 392
HORIZON = 28
REACH = 14


@dataclass
class Row:
    panel: Panel
    series: int
    origin: int
    step: int

    @property
    def target(self) -> int:
        return self.origin + self.step - 1

    def sold(self, day: int) -> float:
        """Units on a day before the origin, within the years that a feature may look back."""
        inside = max(self.origin - HISTORY, 0) <= day < self.origin
        return float(self.panel.sales[self.series, day]) if inside else math.nan

    def last(self, days: int) -> list[float]:
        return [self.sold(day) for day in range(self.origin - days, self.origin)]

    def code(self, values: Sequence[str]) -> float:
        return float(sorted(set(values)).index(values[self.series]))


def known(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def mean(values: Sequence[float]) -> float:
    values = known(values)
    return sum(values) / len(values) if values else math.nan


def over(a: float, b: float) -> float:
    return a / b if b > 0 else math.nan


def prior(row: Row) -> float:
    """Mean level of the department in the store, leaning on the department and on all by five series each."""
    panel = row.panel
    levels: list[tuple[str, str, float]] = []
    for series in range(panel.n_series):
        level = mean(Row(panel, series, row.origin, 1).last(28))
        if not math.isnan(level):
            levels.append((panel.store_ids[series], panel.statics["dept_id"][series], level))
    overall = mean([level for _, _, level in levels])
    store, dept = panel.store_ids[row.series], panel.statics["dept_id"][row.series]
    in_dept = [level for _, other, level in levels if other == dept]
    in_both = [level for place, other, level in levels if other == dept and place == store]
    by_dept = (sum(in_dept) + 5 * overall) / (len(in_dept) + 5)
    return max((sum(in_both) + 5 * by_dept) / (len(in_both) + 5), 0.01)


def base(row: Row) -> float:
    expect = prior(row)

    def shrunk(days: int) -> float:
        values = known(row.last(days))
        return expect * (0.5 + sum(values)) / (0.5 + len(values) * expect)

    return 0.8 * shrunk(28) + 0.2 * shrunk(364)


def same_weekdays(row: Row, weeks: int) -> list[float]:
    """Sales on the target's weekday in the last weeks before the origin, newest first."""
    newest = row.target
    while newest >= row.origin:
        newest -= 7
    return [row.sold(newest - 7 * week) for week in range(weeks)]


def weekday_factor(row: Row) -> float:
    values = known(same_weekdays(row, 8))
    usual = mean(row.last(56))
    return (12 + sum(values)) / (12 + len(values) * (0 if math.isnan(usual) else usual))


def relative(values: Callable[[Row], float]) -> Callable[[Row], float]:
    return lambda row: over(values(row), base(row))


def deviation(row: Row, days: int) -> float:
    values = known(row.last(days))
    if not values:
        return math.nan
    centre = sum(values) / len(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / len(values))


def year_ago(row: Row, before: int, after: int) -> float:
    middle = row.target - 364
    season = [row.sold(day) for day in range(middle - before, middle + after + 1)]
    reference = [row.sold(day) for day in range(row.origin - HISTORY, row.origin - 364)]
    return over(mean(season), mean(reference))


def date(row: Row) -> datetime.date:
    day: datetime.date = row.panel.dates[row.target].item()
    return day


def event(row: Row, day: int) -> int:
    if not row.origin - REACH <= day < row.origin + HORIZON or day >= row.panel.n_days or day < 0:
        return 0
    return int(row.panel.events[row.panel.store_index[row.series], day])


def event_type(row: Row) -> float:
    code = event(row, row.target)
    kinds = sorted(set(row.panel.event_types))
    return float(kinds.index(row.panel.event_types[code - 1]) + 1) if code else 0.0


def distance(row: Row, sign: int) -> float:
    for days in range(REACH + 1):
        if event(row, row.target + sign * days):
            return float(days)
    return REACH + 1.0


def prices(row: Row, days: int) -> list[float]:
    first = max(row.origin - days, 0)
    return [float(row.panel.price[row.series, day]) for day in range(first, row.origin)]


def last_price(row: Row) -> float:
    given = known(prices(row, HISTORY))
    return given[-1] if given else math.nan


def price(row: Row) -> float:
    given = float(row.panel.price[row.series, row.target]) if row.target < row.panel.n_days else math.nan
    return last_price(row) if math.isnan(given) else given


def promo(row: Row, day: int) -> float:
    return float(row.panel.promo[row.series, day]) if 0 <= day < row.panel.n_days else 0.0


def uplift(row: Row) -> float:
    days = [day for day in range(row.origin - HISTORY, row.origin) if not math.isnan(row.sold(day))]
    on = [row.sold(day) for day in days if promo(row, day)]
    off = [row.sold(day) for day in days if not promo(row, day)]
    usual = sum(off) / max(len(off), 1)
    return (4 + sum(on)) / (4 + len(on) * usual)


def age(row: Row) -> float:
    alive = [day for day in range(row.panel.n_days) if row.panel.on_sale[row.series, day]]
    return float(max(row.origin - alive[0], 0)) if alive else 0.0


def days_since_sale(row: Row) -> float:
    for days in range(1, HISTORY + 1):
        if row.sold(row.origin - days) > 0:
            return float(days)
    return HISTORY + 1.0


def sale_share(row: Row, days: int) -> float:
    values = known(row.last(days))
    return over(sum(value > 0 for value in values), len(values))


FEATURES: dict[str, Callable[[Row], float]] = {
    "base_level": base,
    "weekday_factor": weekday_factor,
    "level": lambda row: base(row) * weekday_factor(row),
    **{f"mean_{n}": relative(lambda row, n=n: mean(row.last(n))) for n in (7, 14, 28, 56, 91, 182, 364)},
    **{f"deviation_{n}": relative(lambda row, n=n: deviation(row, n)) for n in (28, 91)},
    **{f"lag_{n}": relative(lambda row, n=n: row.sold(row.origin - n)) for n in (1, 2, 3)},
    **{f"weekday_lag_{n}": relative(lambda row, n=n: same_weekdays(row, n)[-1]) for n in (1, 2)},
    **{f"weekday_mean_{n}": relative(lambda row, n=n: mean(same_weekdays(row, n))) for n in (4, 13)},
    "year_ago_7": lambda row: year_ago(row, 3, 3),
    "year_ago_28": lambda row: year_ago(row, 14, 13),
    "step": lambda row: float(row.step),
    "weekday": lambda row: float(date(row).weekday()),
    "day_of_month": lambda row: float(date(row).day),
    "month": lambda row: float(date(row).month),
    "week_of_year": lambda row: float(date(row).isocalendar().week),
    "event": lambda row: float(event(row, row.target)),
    "event_type": event_type,
    "event_tomorrow": lambda row: float(event(row, row.target + 1)),
    "event_yesterday": lambda row: float(event(row, row.target - 1)),
    "days_to_event": lambda row: distance(row, 1),
    "days_since_event": lambda row: distance(row, -1),
    "price": price,
    "price_change": lambda row: over(price(row), last_price(row)),
    "price_to_mean_28": lambda row: over(price(row), mean(prices(row, 28))),
    "price_to_mean_364": lambda row: over(price(row), mean(prices(row, 364))),
    "price_to_highest": lambda row: over(price(row), max(known(prices(row, HISTORY)), default=math.nan)),
    "promo": lambda row: promo(row, row.target),
    "promo_share_28": lambda row: sum(promo(row, day) for day in range(row.origin - 28, row.origin)) / 28,
    "promo_uplift": uplift,
    "store_id": lambda row: row.code(row.panel.store_ids),
    "dept_id": lambda row: row.code(row.panel.statics["dept_id"]),
    "cat_id": lambda row: row.code(row.panel.statics["cat_id"]),
    "known_weather": lambda row: float(row.panel.known["known_weather"][row.series, row.target]),
    "age": age,
    "days_since_sale": days_since_sale,
    "sale_share_28": lambda row: sale_share(row, 28),
    "sale_share_91": lambda row: sale_share(row, 91),
    "mean_when_sold_91": relative(lambda row: mean([value for value in row.last(91) if value > 0])),
}
