"""A forecast as a drawing of characters: a column a day, the mean as dots, the outer quantiles as a shaded band."""

import math
from collections.abc import Sequence

from retailctl.cli.paint import Paint

HEIGHT = 9
_ROUND = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
_SPARKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """One character a value, from the lowest to the highest."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = (high - low) or 1.0
    return "".join(_SPARKS[round((value - low) / span * (len(_SPARKS) - 1))] for value in values)


def band_plot(
    mean: Sequence[float],
    low: Sequence[float] | None,
    high: Sequence[float] | None,
    *,
    labels: tuple[str, str],
    width: int,
    paint: Paint,
) -> list[str]:
    """Lines of the drawing, the axes included.

    Args:
        mean: a value a day.
        low, high: bounds of the band, a value a day, or None for no band.
        labels: what stands under the first and the last day.
        width: columns to use at most; days that do not fit are left out.
    """
    top = _round_up(max([*mean, *(high or ())], default=1.0))
    marks = {0: f"{top:g}", HEIGHT // 2: f"{top / 2:g}", HEIGHT - 1: "0"}
    margin = max(len(mark) for mark in marks.values()) + 2
    days = min(len(mean), max(1, width - margin))
    stride = max(1, min(3, (width - margin) // days))
    grid = [[" "] * (days * stride) for _ in range(HEIGHT)]
    for day in range(days):
        if low and high:
            for row in range(_row(high[day], top), _row(low[day], top) + 1):
                grid[row][day * stride : (day + 1) * stride] = [paint("░", "dim")] * stride
        grid[_row(mean[day], top)][day * stride] = paint("●", "cyan")
    lines = [f"{marks.get(row, ''):>{margin - 2}} │{''.join(cells)}" for row, cells in enumerate(grid)]
    room = max(0, days * stride - len(labels[0]) - len(labels[1]))
    return [*lines, " " * (margin - 1) + "└" + "─" * (days * stride), " " * margin + labels[0] + " " * room + labels[1]]


def _row(value: float, top: float) -> int:
    """The line of the drawing that ``value`` falls on; line 0 is the top."""
    level = round(max(0.0, min(value, top)) / top * (HEIGHT - 1))
    return HEIGHT - 1 - level


def _round_up(value: float) -> float:
    """The next round number, so that the axis has round numbers and the drawing fills it."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _ROUND if step * power >= value)
