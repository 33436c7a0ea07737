"""Aligned text: whole where there is room, cut at the widest column where there is not."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from retailctl.cli.paint import PLAINLY, Paint
from retailctl.cli.table import Cell, Fields, Marked, Table, cut, display_width, draw

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


def test_a_narrow_terminal_does_without_spare_columns_before_anything_is_cut() -> None:
    table = Table(("NAME", "", "STATE", "SIZE"), [("a-name", "#####", "Succeeded", "1 x big")], spare=("", "SIZE"))
    assert draw(table, PLAIN, 40)[1] == "a-name  #####  Succeeded  1 x big"
    assert draw(table, PLAIN, 27)[1] == "a-name  Succeeded  1 x big"
    assert draw(table, PLAIN, 20) == ["NAME    STATE", "a-name  Succeeded"]
    assert draw(table, PLAIN, None)[1] == "a-name  #####  Succeeded  1 x big"


def test_prose_goes_on_in_the_next_line_where_it_would_be_cut() -> None:
    table = Table(("DO", "BECAUSE"), [("this", "of a reason that is long")], prose=True)
    assert draw(table, PLAIN, 22) == ["DO    BECAUSE", "this  of a reason that", "      is long"]
    assert draw(table, PLAIN, None)[1] == "this  of a reason that is long"


def test_a_marked_point_is_broken_between_words() -> None:
    lines = draw(Marked("+", "green", "quota", ["16 of 100 cores are in use"]), PLAIN, 30)
    assert lines == ["+ quota          16 of 100", " " * 17 + "cores are in", " " * 17 + "use"]


def test_a_stream_without_the_characters_of_a_drawing_gets_plain_ones_in_their_place() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii", errors=PLAINLY)
    stream.write("✓ blue █████ ░░ Größe…\n")
    stream.flush()
    assert buffer.getvalue() == b"+ blue ##### :: Gr??e~\n"
