"""Aligned text: whole where there is room, cut at the widest column where there is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retailctl.cli.paint import Paint
from retailctl.cli.table import Cell, Fields, Table, cut, display_width, draw

PLAIN, COLOURED = Paint(False), Paint(True)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    lines = draw(Table(("NAME", "N"), [("a", 1), ("longer", 20)]), PLAIN, None)
    assert lines == ["NAME    N", "a       1", "longer  20"]


def test_numbers_are_set_flush_right() -> None:
    lines = draw(Table(("NAME", "N"), [("a", 1), ("b", 20)], numbers=frozenset({"N"})), PLAIN, None)
    assert lines == ["NAME   N", "a      1", "b     20"]


def test_an_empty_table_says_so() -> None:
    assert draw(Table(("NAME",), [], empty="no jobs yet"), PLAIN, None) == ["no jobs yet"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
    ],
)
def test_values_in_words(value: object, shown: str) -> None:
    assert draw(Table(("X",), [(value,)]), PLAIN, None)[1] == shown


def test_the_widest_column_gives_way_first() -> None:
    lines = draw(Table(("NAME", "TEXT", "ID"), [("job", "x" * 40, "12345678")]), PLAIN, 30)
    assert lines[1] == "job   " + "x" * 13 + "…  12345678"


def test_the_name_gives_way_last() -> None:
    lines = draw(Table(("NAME", "TEXT"), [("n" * 20, "x" * 10)]), PLAIN, 28)
    assert lines[1] == "n" * 20 + "  xxxxx…"
    assert draw(Table(("NAME", "TEXT"), [("n" * 20, "x" * 10)]), PLAIN, 18)[1] == "n" * 9 + "…  xxxxx…"


def test_wide_characters_keep_the_columns_aligned() -> None:
    lines = draw(Table(("NAME", "N"), [("日本", 1), ("abcd", 2)]), PLAIN, None)
    assert [display_width(line.rstrip("12")) for line in lines[1:]] == [6, 6]
    assert cut("日本語", 5) == "日本…"


def test_colour_takes_no_room() -> None:
    lines = draw(Table(("STATE", "N"), [(Cell("Failed", "red"), 1)]), COLOURED, None)
    assert lines[1] == "\x1b[31mFailed\x1b[0m  1"


def test_fields_are_one_a_line_and_keep_their_lines() -> None:
    assert draw(Fields([("name", "x"), ("error", "one\ntwo")]), PLAIN, None) == ["name   x", "error  one", "       two"]
