"""Checks of single JSON values. Each takes a value as orjson gives it, returns it in the form that forecasting uses,
and raises RequestError saying what was expected; the caller adds where in the request it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from serving.errors import RequestError, invalid

Check = Callable[[object], float | int | None]
"""A value of one day's row -> a number, or None when it says nothing."""

Value = TypeVar("Value")

LONGEST_TEXT = 200
LARGEST_NUMBER = 1e9
SMALLEST_PRICE = 1e-6
LARGEST_ID = 2**63 - 1
"""Ids are echoed; what reads the answer may hold no longer whole number than 64 bits."""
EPOCH = date(1970, 1, 1).toordinal()


def text(value: object) -> str:
    if type(value) is not str or not value or len(value) > LONGEST_TEXT:
        raise expected(f"a text of 1 to {LONGEST_TEXT} characters", value)
    return value


def identifier(value: object) -> str | int:
    """An id of the caller's own, echoed as it came."""
    number = _whole(value)
    if number is None:
        return text(value)
    if not -LARGEST_ID - 1 <= number <= LARGEST_ID:
        raise expected("a whole number of 64 bits", value)
    return number


def whole_number(value: object, lowest: int, highest: int) -> int:
    number = _whole(value)
    if number is None or not lowest <= number <= highest:
        raise expected(f"a whole number from {lowest} to {highest}", value)
    return number


def day(value: object) -> int:
    """Days since 1970-01-01."""
    if type(value) is not str:
        raise expected("a day such as 2024-01-31", value)
    return _day(value)


def finite(value: object) -> float | None:
    return None if value is None else _number(value, -LARGEST_NUMBER, "a number")


def units(value: object) -> float:
    return _number(value, 0, "a number >= 0")


def price(value: object) -> float | None:
    if value is None:
        return None
    number = _number(value, 0, "a number > 0")
    if number < SMALLEST_PRICE:
        raise expected("a number > 0", value)
    return number


def flag(value: object) -> float | None:
    if value is None:
        return None
    if type(value) in (int, float, bool) and value in (0, 1):
        return float(value)
    raise expected("0 or 1", value)


def any_text(value: object) -> None:
    """A text that is allowed but says nothing more."""
    if value is not None:
        text(value)


def items(value: object, what: str) -> list[object]:
    if type(value) is not list:
        raise expected(f"a list of {what}", value)
    return value


def mapping(value: object, what: str) -> dict[str, object]:
    if type(value) is not dict:
        raise expected(what, value)
    return value


def required(entry: Mapping[str, object], name: str, check: Callable[[object], Value]) -> Value:
    """The checked value of a field that must be there."""
    if name not in entry:
        raise missing(name)
    try:
        return check(entry[name])
    except RequestError as error:
        raise error.within(name) from None


def expected(what: str, value: object, code: str = "invalid-value") -> RequestError:
    """422: what was expected, and a short form of what came."""
    shown = _WORDS.get(type(value)) or (repr(value[:80]) if type(value) is str else str(value).lower())
    return invalid(f"expected {what}, got {shown[:80]}", code=code)


def unknown_field(name: str, allowed: list[str]) -> RequestError:
    return invalid(f"unknown field; expected one of {', '.join(allowed)}", name[:LONGEST_TEXT], "unknown-field")


def missing(name: str) -> RequestError:
    return invalid("required field is missing", name, "missing-field")


_WORDS = {type(None): "null", dict: "an object", list: "a list"}


def _whole(value: object) -> int | None:
    """The whole number that a value is; 28.0 is one in JSON, true is not."""
    if type(value) is int:
        return value
    return int(value) if type(value) is float and value.is_integer() else None


def _number(value: object, lowest: float, what: str) -> float:
    if type(value) not in (int, float) or not lowest <= value <= LARGEST_NUMBER:  # type: ignore[operator]
        raise expected(f"{what}, at most {LARGEST_NUMBER:.0e}", value)
    return float(value)  # type: ignore[arg-type]


@lru_cache(maxsize=8192)
def _day(value: str) -> int:
    try:
        if len(value) == 10 and value[4] == value[7] == "-":
            return date.fromisoformat(value).toordinal() - EPOCH
    except ValueError:
        pass
    raise expected("a day such as 2024-01-31", value)
