"""The columns of the data contract: their names, what they may hold, and what a header is checked for.

Anything not listed here is refused by name: a misspelt `promo` that is silently ignored costs more than an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from training.data.errors import DataError
from training.panel import STATICS

Kind = Literal["text", "date", "number"]

KNOWN_PREFIX = "known_"
"""Columns with this prefix hold any other number that is known in advance."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract; ``expected`` is how an error says what its values must be."""

    name: str
    kind: Kind
    expected: str
    required: bool = False


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("store_id", "text", "a store's name (text)", required=True),
        Column("item_id", "text", "an item's name (text)", required=True),
        Column("date", "date", "a day such as 2024-01-31", required=True),
        Column("sales", "number", "a finite number >= 0, or null on days to forecast", required=True),
        Column("price", "number", "a finite number > 0, or null on days when the item is not on sale"),
        Column("promo", "number", "0 or 1"),
        Column("event_name", "text", "an event's name (text), or null"),
        Column("event_type", "text", "an event's type (text), or null"),
        *(Column(name, "text", "text, or null") for name in STATICS),
    )
}


def column_named(name: str) -> Column | None:
    """The contract's column of that name; None when the contract has no such column."""
    if name.startswith(KNOWN_PREFIX) and len(name) > len(KNOWN_PREFIX):
        return Column(name, "number", "a finite number, or null where it is not given")
    return COLUMNS.get(name)


def check_header(file: str, names: Sequence[str]) -> list[Column]:
    """The columns that a file's header names, in its order.

    Raises:
        DataError: a required column is missing, a column is unknown or named twice.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError(f"{file}: column {name!r} appears {count} times in the header; expected once")
    for column in COLUMNS.values():
        if column.required and column.name not in names:
            raise DataError(_missing(file, column, names))
    if "event_type" in names and "event_name" not in names:
        raise DataError(f"{file}: column 'event_type' needs column 'event_name' beside it")
    return [_known_column(file, name) for name in names]


def check_same_columns(file: str, names: Sequence[str], first_file: str, first_names: Sequence[str]) -> None:
    """Raises DataError when two files of one data set do not have the same columns."""
    for name in first_names:
        if name not in names:
            raise DataError(f"{file}: column {name!r} is missing, {first_file} has it; all files need one schema")
    for name in names:
        if name not in first_names:
            raise DataError(f"{file}: column {name!r} is not in {first_file}; all files need one schema")


def _missing(file: str, column: Column, names: Sequence[str]) -> str:
    lower_case = {name.strip().lower(): name for name in names if column_named(name) is None}
    near = get_close_matches(column.name, lower_case, n=1)
    found = f"did you mean {column.name!r} by {lower_case[near[0]]!r}?" if near else f"found {_listed(names)}"
    separated = " (fields are separated by commas)" if len(names) == 1 and not near else ""
    return f"{file}: required column {column.name!r} is missing; {found}{separated}"


def _known_column(file: str, name: str) -> Column:
    column = column_named(name)
    if column is None:
        near = get_close_matches(name.strip().lower(), COLUMNS, n=1)
        advice = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(
            f"{file}: unknown column {name!r}; {advice}"
            f"Columns: {', '.join(COLUMNS)}, and {KNOWN_PREFIX}<name> for anything else known in advance"
        )
    return column


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
