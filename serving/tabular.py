"""Azure ML's tabular form {"input_data": {"columns", "data", "index"?}, "params"?} -> the form of `series`.

Each distinct (store_id, item_id) becomes one entry of `series`. A row with a date says something of that day: with
`sales` it belongs to `history`, without to `future`. `params` may hold `horizon`, `quantiles` and `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeGuard

from serving import fields
from serving.entries import STATICS
from serving.errors import RequestError, invalid

FORM_FIELDS = ["input_data", "params"]
TABLE_FIELDS = ["columns", "data", "index"]
PARAMS = ["horizon", "quantiles", "unknown"]
KEY = ("store_id", "item_id")

_PLACE = re.compile(r"(series|future|history)\[(\d+)\]")


def is_tabular(body: object) -> TypeGuard[dict[str, object]]:
    return type(body) is dict and "input_data" in body


@dataclass(slots=True)
class Table:
    """The request in the form of `series`, and which row of the table each of its entries came from."""

    request: dict[str, object]
    rows: dict[str, list[int]] = field(default_factory=lambda: {"series": [], "future": [], "history": []})

    def located(self, error: RequestError) -> RequestError:
        """The same error with the field as the caller wrote it: `future[3].price` is `input_data.data[7].price`."""
        found = _PLACE.match(error.field or "")
        if error.field == "series":
            error.field = "input_data.data"
        elif found:
            row = self.rows[found[1]][int(found[2])]
            error.field = f"input_data.data[{row}]{error.field[found.end() :]}"  # type: ignore[index]
        elif (error.field or "").split("[")[0] in PARAMS:
            error.within("params")
        return error


def read_table(body: dict[str, object], day_columns: Iterable[str]) -> Table:
    """Raises RequestError (422) when it is not a table; ``day_columns`` are those that a day of this model may have."""
    for name in body:
        if name not in FORM_FIELDS:
            raise fields.unknown_field(name, FORM_FIELDS)
    table = Table(_params(body))
    try:
        content = fields.mapping(body["input_data"], "an object with columns and data")
        for name in content:
            if name not in TABLE_FIELDS:
                raise fields.unknown_field(name, TABLE_FIELDS)
        allowed = [*KEY, "date", *day_columns, *STATICS]
        columns = fields.required(content, "columns", lambda value: _columns(value, allowed))
        rows = fields.required(content, "data", lambda value: _fill(table, columns, fields.items(value, "rows")))
        if "index" in content:
            fields.required(content, "index", lambda value: _check_index(value, rows))
    except RequestError as error:
        raise error.within("input_data") from None
    return table


def _params(body: dict[str, object]) -> dict[str, object]:
    if "params" not in body:
        return {}
    params = fields.required(body, "params", lambda value: fields.mapping(value, "an object"))
    for name in params:
        if name not in PARAMS:
            raise fields.unknown_field(name, PARAMS).within("params")
    return dict(params)


def _columns(value: object, allowed: list[str]) -> list[str]:
    columns: list[str] = []
    for index, name in enumerate(fields.items(value, "column names")):
        if name not in allowed:
            raise fields.expected(f"one of {', '.join(allowed)}", name, "unknown-field").within(f"[{index}]")
        if name in columns:
            raise invalid(f"column {name!r} is named twice", f"[{index}]")
        columns.append(str(name))
    for name in KEY:
        if name not in columns:
            raise invalid(f"column {name!r} is missing")
    return columns


def _check_index(value: object, rows: int) -> None:
    """The index that data frames are written with; it says nothing, and is checked all the same."""
    index = fields.items(value, "labels, one a row")
    if len(index) != rows or not {type(label) for label in index} <= {str, int, float}:
        raise invalid(f"expected {rows} texts or numbers, one a row of data")


def _fill(table: Table, columns: list[str], data: list[object]) -> int:
    """Sorts the rows into the parts of a request; returns how many there were."""
    if not data:
        raise invalid("expected at least one row")
    parts: dict[str, list[object]] = {"series": [], "future": [], "history": []}
    seen: set[tuple[str, str]] = set()
    for index, values in enumerate(data):
        if type(values) is not list or len(values) != len(columns):
            raise invalid(f"expected a list of {len(columns)} values, one a column", f"[{index}]")
        row = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
        key = {name: row.get(name) for name in KEY}
        pair = (repr(key["store_id"]), repr(key["item_id"]))
        if pair not in seen:
            seen.add(pair)
            parts["series"].append(key | {name: row[name] for name in STATICS if name in row})
            table.rows["series"].append(index)
        if "date" in row:
            name = "history" if "sales" in row else "future"
            parts[name].append({name: value for name, value in row.items() if name not in STATICS})
            table.rows[name].append(index)
    table.request |= {name: part for name, part in parts.items() if part or name == "series"}
    return len(data)
