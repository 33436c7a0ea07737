"""The drawing of a forecast keeps to its width and puts every day where its value is."""

from __future__ import annotations

import pytest

from retailctl.cli.paint import Paint
from retailctl.cli.plot import HEIGHT, band_plot, sparkline

PLAIN = Paint(False)


def drawn(
    mean: list[float], low: list[float] | None = None, high: list[float] | None = None, width: int = 80
) -> list[str]:
    return band_plot(mean, low, high, labels=("2026-01-01", "2026-01-28"), width=width, paint=PLAIN)


def test_a_rising_forecast_rises() -> None:
    lines = drawn([float(day) for day in range(10)])
    rows = [row for column in range(200) for row, line in enumerate(lines[:HEIGHT]) if line[column : column + 1] == "●"]
    assert len(rows) == 10
    assert rows == sorted(rows, reverse=True)
    assert rows[0] == HEIGHT - 1


def test_the_band_is_shaded_between_its_bounds() -> None:
    lines = drawn([5.0] * 4, [0.0] * 4, [10.0] * 4)
    assert all("░" in line for line in lines[:HEIGHT])
    assert "10 │" in lines[0]


def test_the_axis_is_one_line_whatever_its_marks() -> None:
    lines = drawn([1.0, 3.0])
    assert "1.5 │" in lines[HEIGHT // 2]
    assert len({line.index("│") for line in lines[:HEIGHT]}) == 1


@pytest.mark.parametrize("width", [20, 40, 80, 100])
@pytest.mark.parametrize("days", [1, 7, 28, 90])
def test_no_line_is_wider_than_the_terminal(width: int, days: int) -> None:
    body = drawn([1.0] * days, [0.5] * days, [2.0] * days, width)[: HEIGHT + 1]
    assert max(len(line) for line in body) <= width


def test_a_forecast_of_nothing_sold_is_drawn_on_the_axis() -> None:
    assert "●" in drawn([0.0] * 7)[HEIGHT - 1]


def test_a_sparkline_has_a_character_a_value() -> None:
    assert sparkline([0.0, 1.0, 2.0, 3.0]) == "▁▃▆█"
    assert sparkline([2.0, 2.0]) == "▁▁"
