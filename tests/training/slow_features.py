"""The features again, one cell at a time in plain Python: lists, dates and sums, none of the product's code.

A row is (series, origin, step); ``target`` is the index of the day to forecast. Written from the description of each
feature; NaN stands for unknown throughout.
"""

from __future__ import annotations

import dataclasses
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


def own_weekday(row: Row, shape: float = 12.0, expected: float = 1.0) -> float:
    values = known(same_weekdays(row, 8))
    usual = mean(row.last(56))
    return (shape + sum(values)) / (shape / expected + len(values) * (0 if math.isnan(usual) else usual))


def weekday_factor(row: Row) -> float:
    return own_weekday(row, 40, (department_weekday(row, 8) + department_weekday(row, 26)) / 2)


def relative(values: Callable[[Row], float]) -> Callable[[Row], float]:
    return lambda row: over(values(row), base(row))


def deviation(row: Row, days: int) -> float:
    """Sample standard deviation; unknown for a single day and where nothing was sold."""
    values = known(row.last(days))
    if len(values) < 2 or not any(values):
        return math.nan
    centre = sum(values) / len(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1))


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


def change(reference: Callable[[Row], float]) -> Callable[[Row], float]:
    """The target's price over a reference, 1 when either is not known."""

    def feature(row: Row) -> float:
        value = over(price(row), reference(row))
        return 1.0 if math.isnan(value) else value

    return feature


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


Sums = tuple[float, float]
"""Units sold and usual units of some days."""


_SUMS: dict[tuple[int, str | None, str, int], float] = {}


def department_units(panel: Panel, store: str | None, dept: str, day: int) -> float:
    """Units of a department on a day, in one store or in all."""
    key = (id(panel), store, dept, day)
    if key not in _SUMS:
        cells = (float(panel.sales[series, day]) for series in members(panel, store, dept))
        _SUMS[key] = sum(known(list(cells)))
    return _SUMS[key]


def members(panel: Panel, store: str | None, dept: str) -> list[int]:
    departments, stores = panel.statics["dept_id"], panel.store_ids
    return [n for n in range(panel.n_series) if departments[n] == dept and store in (None, stores[n])]


def usual(panel: Panel, store: str | None, dept: str, day: int) -> float:
    """Median of the same weekday of four weeks before."""
    weeks = sorted(department_units(panel, store, dept, day - 7 * week) for week in range(1, 5))
    return (weeks[1] + weeks[2]) / 2


OWN = "own"


def leaning(row: Row, sums: Callable[[str | None], Sums], days: float, first: int, where: str | None = OWN) -> float:
    """Sold over usual in the series' store, leaning on all stores, which lean on 1, by some usual days and 50 units."""
    panel, dept = row.panel, row.panel.statics["dept_id"][row.series]

    def factor(store: str | None, wider: float) -> float:
        usuals = [usual(panel, store, dept, day) for day in range(first, row.origin)] if days else []
        strength = 50 + days * (sum(usuals) / len(usuals) if usuals else 0)
        sold, expected = sums(store)
        return (strength * wider + sold) / (strength + expected)

    wider = factor(None, 1.0)
    return wider if where is None else factor(row.panel.store_ids[row.series], wider)


def department_weekday(row: Row, weeks: int, where: str | None = OWN) -> float:
    panel, dept = row.panel, row.panel.statics["dept_id"][row.series]

    def sums(store: str | None) -> Sums:
        first = row.origin - 7 * min(weeks, row.origin // 7)
        days = range(first, row.origin)
        same = [day for day in days if (day - row.target) % 7 == 0]
        return sum(department_units(panel, store, dept, day) for day in same), sum(
            department_units(panel, store, dept, day) for day in days
        ) / 7

    return leaning(row, sums, 0, 0, where)


def department_recent(row: Row, days: int) -> float:
    panel, dept = row.panel, row.panel.statics["dept_id"][row.series]

    def profile(store: str | None, day: int) -> float:
        """Mean of the weekday's two factors, which for all stores lean on 1 alone."""
        like = dataclasses.replace(row, step=day - row.origin + 1)
        factors = [department_weekday(like, weeks, store and OWN) for weeks in (8, 26)]
        return sum(factors) / 2

    def sums(store: str | None) -> Sums:
        last = range(max(row.origin - days, 0), row.origin)
        four_weeks = range(max(row.origin - 28, 0), row.origin)
        usual_day = sum(department_units(panel, store, dept, day) for day in four_weeks) / max(len(four_weeks), 1)
        sold = sum(department_units(panel, store, dept, day) for day in last)
        return sold, usual_day * sum(profile(store, day) for day in last)

    return leaning(row, sums, 0, 0)


def plain_days(row: Row, store: str | None) -> list[int]:
    first = max(row.origin - 728, 28)
    return [day for day in range(first, row.origin) if not calendar_event(row.panel, store, day)]


def calendar_event(panel: Panel, store: str | None, day: int) -> int:
    """The event of a store, or the one that all stores share."""
    codes = {int(panel.events[place, day]) for place, name in enumerate(panel.stores) if store in (None, name)}
    return codes.pop() if len(codes) == 1 else 0


def month_day_effect(row: Row) -> float:
    return per_store_effect(row, lambda day, _: 1.0 if row.panel.dates[day].item().day == date(row).day else 0.0, 8)


def payday_effect(row: Row) -> float:
    flags = row.panel.known["known_payday"]
    value = float(flags[row.series, row.target]) if row.target < row.panel.n_days else math.nan
    on = value == 1

    def share(day: int, series: Sequence[int]) -> float:
        set_for = sum(flags[n, day] == 1 for n in series) / len(series)
        return float(set_for if on else 1 - set_for)

    return per_store_effect(row, share, 5)


def per_store_effect(row: Row, share: Callable[[int, Sequence[int]], float], pseudo: float) -> float:
    """Factor of the days that count, by their share: units, at most four times the usual, over usual units.

    Only days without an event in each store's own calendar count.
    """
    panel, first = row.panel, max(row.origin - 728, 28)
    dept = panel.statics["dept_id"][row.series]

    def sums(store: str | None) -> Sums:
        series = members(panel, store, dept)
        sold = expected = 0.0
        for day in plain_days(row, store):
            part, norm = share(day, series), usual(panel, store, dept, day)
            sold += part * min(department_units(panel, store, dept, day), 4 * norm)
            expected += part * norm
        return sold, expected

    return leaning(row, sums, pseudo, first)


def event_effect(row: Row, since: int = 0) -> float:
    """Effect of the event that was ``since`` days before the target, by the years before; NaN without one."""
    code = event(row, row.target - since)
    if not code:
        return math.nan
    panel, dept = row.panel, row.panel.statics["dept_id"][row.series]

    def sums(store: str | None) -> Sums:
        days = [
            day + since
            for day in range(panel.origin)
            if calendar_event(panel, store, day) == code and 28 <= day + since < row.origin
        ]
        norms = [usual(panel, store, dept, day) for day in days]
        sold = sum(
            min(department_units(panel, store, dept, day), 4 * norm) for day, norm in zip(days, norms, strict=True)
        )
        return sold, sum(norms)

    seen = sums(panel.store_ids[row.series])[1] > 0
    return leaning(row, sums, 0.5, 28) if seen else math.nan


def event_near_effect(row: Row) -> float:
    for since in (0, 1, -1, -2, 2, -3, 3):
        effect = event_effect(row, since)
        if not math.isnan(effect):
            return effect
    return math.nan


FEATURES: dict[str, Callable[[Row], float]] = {
    "base_level": base,
    "own_weekday": own_weekday,
    "weekday_factor": weekday_factor,
    "level": lambda row: base(row) * weekday_factor(row) * (uplift(row) if promo(row, row.target) else 1),
    **{f"mean_{n}": relative(lambda row, n=n: mean(row.last(n))) for n in (7, 28, 56, 91, 182, 364)},
    **{f"deviation_{n}": relative(lambda row, n=n: deviation(row, n)) for n in (91,)},
    **{f"lag_{n}": relative(lambda row, n=n: row.sold(row.origin - n)) for n in (1,)},
    **{f"weekday_mean_{n}": relative(lambda row, n=n: mean(same_weekdays(row, n))) for n in (4, 13)},
    "year_ago_7": lambda row: year_ago(row, 3, 3),
    "year_ago_28": lambda row: year_ago(row, 14, 13),
    "step": lambda row: float(row.step),
    "weekday": lambda row: float(date(row).weekday()),
    "day_of_month": lambda row: float(date(row).day),
    "month": lambda row: float(date(row).month),
    "week_of_year": lambda row: float(date(row).isocalendar().week),
    "event": lambda row: float(event(row, row.target)),
    "days_to_event": lambda row: distance(row, 1),
    "days_since_event": lambda row: distance(row, -1),
    "department_weekday_8": lambda row: department_weekday(row, 8),
    "department_weekday_26": lambda row: department_weekday(row, 26),
    "department_recent_7": lambda row: department_recent(row, 7),
    "department_recent_14": lambda row: department_recent(row, 14),
    "month_day_effect": month_day_effect,
    "event_effect": event_effect,
    "event_near_effect": event_near_effect,
    "effect_known_payday": payday_effect,
    "price": price,
    "price_change": change(last_price),
    "price_to_mean_28": change(lambda row: mean(prices(row, 28))),
    "price_to_mean_364": change(lambda row: mean(prices(row, 364))),
    "price_to_highest": change(lambda row: max(known(prices(row, HISTORY)), default=math.nan)),
    "promo": lambda row: promo(row, row.target),
    "promo_share_28": lambda row: sum(promo(row, day) for day in range(row.origin - 28, row.origin)) / 28,
    "promo_uplift": uplift,
    "store_id": lambda row: row.code(row.panel.store_ids),
    "dept_id": lambda row: row.code(row.panel.statics["dept_id"]),
    "cat_id": lambda row: row.code(row.panel.statics["cat_id"]),
    "known_payday": lambda row: float(row.panel.known["known_payday"][row.series, row.target]),
    "known_weather": lambda row: float(row.panel.known["known_weather"][row.series, row.target]),
    "age": age,
    "days_since_sale": days_since_sale,
    "sale_share_28": lambda row: sale_share(row, 28),
    "sale_share_91": lambda row: sale_share(row, 91),
    "mean_when_sold_91": relative(lambda row: mean([value for value in row.last(91) if value > 0])),
}
