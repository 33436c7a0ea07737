"""Random questions, each in the three forms it can be asked in: `series`, Azure ML's table, a frame for MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

ORIGIN = date(2024, 12, 31)
"""The day after the sample's last sale."""
HORIZON = 28
KEY = ("store_id", "item_id")
COLUMNS = [*KEY, "dept_id", "date", "sales", "price", "promo", "event_name", "known_payday"]

Row = dict[str, Any]

TRAINED = [
    (store, f"{department}_{number:03d}")
    for store in ("north_1", "south_1")
    for department in ("GROCERY", "HOUSEHOLD")
    for number in (1, 2)
]
UNKNOWN = [("north_1", "GROCERY_999"), ("north_1", "NEWS_1"), ("west_9", "GROCERY_001")]


@dataclass(frozen=True)
class Question:
    """Some series, what is said of their days, and what is asked of them."""

    series: list[Row]
    days: list[Row]
    """Rows with the key and a date; with `sales` history, without future."""
    inside: bool
    """Whether the `series` form says the days within its entries or beside them."""
    options: dict[str, Any]

    def as_series(self) -> dict[str, Any]:
        history = [row for row in self.days if "sales" in row]
        future = [row for row in self.days if "sales" not in row]
        parts = {name: rows for name, rows in (("history", history), ("future", future)) if rows}
        asked = {"unknown": "fallback", **self.options}
        if not self.inside:
            return {"series": self.series, **parts, **asked}
        return {"series": [entry | _own(parts, entry) for entry in self.series], **asked}

    def as_rows(self) -> list[list[Any]]:
        """Rows of ``COLUMNS``: one for each series, then one a day."""
        return [[row.get(name) for name in COLUMNS] for row in (*self.series, *self.days)]

    def as_table(self) -> dict[str, Any]:
        table = {"columns": COLUMNS, "data": self.as_rows()}
        return {"input_data": table, "params": {"unknown": "fallback", **self.options}}


def _own(parts: dict[str, list[Row]], entry: Row) -> dict[str, list[Row]]:
    return {
        name: [{field: value for field, value in row.items() if field not in KEY} for row in rows if _same(row, entry)]
        for name, rows in parts.items()
    }


def _same(row: Row, entry: Row) -> bool:
    return all(row[name] == entry[name] for name in KEY)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "price": st.integers(1, 2000).map(lambda cents: cents / 100),
    "promo": st.sampled_from([0, 1]),
    "event_name": st.sampled_from(["Easter", "New Year"]),
    "known_payday": st.sampled_from([0, 1]),
}
SALES = st.integers(0, 60) | st.floats(0, 300, width=32)
LEVELS = st.lists(st.integers(5, 995).map(lambda level: level / 1000), max_size=5, unique=True)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    keys = draw(st.lists(st.sampled_from([*TRAINED, *UNKNOWN]), min_size=1, max_size=4, unique=True))
    series = [dict(zip(KEY, key, strict=True)) for key in keys]
    for entry in series:
        if draw(st.booleans()):
            entry["dept_id"] = draw(st.sampled_from(["GROCERY_1", "HOUSEHOLD_1", "nothing like it"]))
    horizon = draw(st.integers(1, HORIZON))
    days = [row for key in keys for row in draw(_days(dict(zip(KEY, key, strict=True)), horizon))]
    options = {"horizon": horizon, "quantiles": draw(LEVELS)}
    return Question(series, days, draw(st.booleans()), options)


@st.composite
def _days(draw: st.DrawFn, key: Row, horizon: int) -> list[Row]:
    """Fresh and corrected sales of one series, and known days of its forecast, which begins behind the last of them."""
    sold = draw(st.lists(st.integers(-40, 30), max_size=4, unique=True))
    begins = max([0, *(day + 1 for day in sold)])
    known = draw(st.lists(st.integers(begins, begins + horizon - 1), max_size=6, unique=True))
    history = [key | _day(day) | {"sales": draw(SALES)} | draw(_values()) for day in sold]
    return history + [key | _day(day) | draw(_values()) for day in known]


def _values() -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({}, optional=VALUES)


def _day(days: int) -> Row:
    return {"date": (ORIGIN + timedelta(days)).isoformat()}
