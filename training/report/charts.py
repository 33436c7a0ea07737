"""The kinds of drawing: lines over days, dots in rows, bars in rows, and coverage against what was promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from training.report.axis import Array, Axis
from training.report.frame import WIDTH, Frame, grid, legend, text_width, zero_line
from training.report.markup import shortened, tag
from training.report.words import percent, signed_percent

_ROW = 24.0
_BOTTOM, _TITLE = 40.0, 16.0
"""Room below the area, and what of it the title of its axis takes."""

_LONGEST_LABEL = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; a gap where a value is NaN."""

    kind: str
    """Class that it is styled by: actual, model, seasonal_naive, mean28, ideal."""
    label: str
    x: Array
    y: Array
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The area between two lines of equal length."""

    label: str
    x: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart: a name, and a value for each kind of mark that has one."""

    label: str
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart of lines shows, beside its marks."""

    title: str
    """Read to those who do not see the drawing."""
    x: Axis
    y: Axis
    x_title: str = ""
    y_title: str = ""
    hover: tuple[tuple[float, str], ...] = ()
    """(x, text) shown where the pointer rests."""
    shaded_from: float | None = None
    """x from which the days are forecast."""


def lines(chart: Chart, marks: Sequence[Line | Band]) -> Element:
    """Lines and bands over a common axis; later marks lie above earlier ones, and stand before them in the legend."""
    frame = Frame(chart.x, chart.y, bottom=_BOTTOM if chart.x_title else _BOTTOM - _TITLE)
    entries = [("band" if isinstance(mark, Band) else mark.kind, mark.label) for mark in reversed(marks)]
    layers = [_band(frame, mark) if isinstance(mark, Band) else _line(frame, mark) for mark in marks]
    return frame.drawing(
        chart.title,
        _shade(frame, chart.shaded_from),
        grid(frame, chart.x_title, chart.y_title),
        zero_line(frame),
        *layers,
        legend(entries),
        _hover(frame, chart.hover),
    )


def dot_rows(title: str, rows: Sequence[Row], kinds: Sequence[tuple[str, str]], axis: Axis, x_title: str) -> Element:
    """A row for each name with a dot for each kind; ``kinds`` are (kind, label) in the order of drawing."""
    frame = _rows_frame(rows, axis)
    dots = [
        tag(
            "circle",
            tag("title", f"{row.label}, {label}: {_at(axis, row.values[kind])}"),
            cx=float(frame.across(row.values[kind])),
            cy=float(frame.up(place)),
            r=5,
            class_=f"dot {kind}",
        )
        for place, row in enumerate(rows)
        for kind, label in kinds
        if math.isfinite(row.values.get(kind, math.nan))
    ]
    entries = [(f"dot {kind}", label) for kind, label in reversed(kinds)]
    scale = grid(frame, x_title, columns=True)
    return frame.drawing(title, scale, zero_line(frame, upright=True), *dots, legend(entries))


def bar_rows(title: str, rows: Sequence[tuple[str, float]], axis: Axis, x_title: str) -> Element:
    """A bar for each (name, value of at least 0), with the value at its end."""
    frame = _rows_frame([Row(name, {}) for name, _ in rows], axis, top=8)
    left, thickness = frame.box[0], _ROW * 0.62
    bars = []
    for place, (name, value) in enumerate(rows):
        end, middle = float(frame.across(value)), float(frame.up(place))
        hint = tag("title", f"{name}: {percent(value)}")
        bars.append(tag("rect", hint, x=left, y=middle - thickness / 2, width=end - left, height=thickness))
        bars.append(tag("text", percent(value), x=min(end + 5, WIDTH - 46), y=middle + 4))
    return frame.drawing(title, grid(frame, x_title, rows=False, columns=True), tag("g", *bars, class_="bars"))


def _rows_frame(rows: Sequence[Row], axis: Axis, top: float = 36.0) -> Frame:
    """A frame as high as its rows, the first one on top, with room for the longest name."""
    names = [shortened(row.label, _LONGEST_LABEL) for row in rows]
    ticks = tuple((float(place), name) for place, name in enumerate(names))
    left = 16 + max(map(text_width, names), default=0.0)
    return Frame(axis, Axis(len(rows) - 0.5, -0.5, ticks), top + _BOTTOM + _ROW * len(rows), left, top=top)


def _line(frame: Frame, line: Line) -> Element:
    across, up = frame.across(line.x), frame.up(line.y)
    dots = [
        tag("circle", cx=float(x), cy=float(y), r=2.4)
        for x, y in zip(across, up, strict=True)
        if line.dots and math.isfinite(y)
    ]
    return tag("g", tag("path", d=_path(across, up), class_="line"), *dots, class_=line.kind)


def _path(across: Array, up: Array) -> str:
    """Path data through all points, interrupted where one is NaN."""
    known = np.isfinite(up)
    begins = known & ~np.r_[False, known[:-1]]
    return "".join(
        f"{'M' if begins[place] else 'L'}{across[place]:.1f} {up[place]:.1f}" for place in np.flatnonzero(known)
    )


def _band(frame: Frame, band: Band) -> Element:
    x = np.r_[band.x, band.x[::-1]]
    outline = _path(frame.across(x), frame.inside(frame.up(np.r_[band.low, band.high[::-1]])))
    return tag("path", d=outline and outline + "Z", class_="band")


def _shade(frame: Frame, start: float | None) -> Element | None:
    if start is None:
        return None
    _, top, right, bottom = frame.box
    begin = float(frame.across(start))
    return tag("rect", x=begin, y=top, width=max(right - begin, 0.0), height=bottom - top, class_="future")


def _hover(frame: Frame, texts: Sequence[tuple[float, str]]) -> Element | None:
    """Unseen strips, one a day, that a browser shows the text of."""
    if not texts:
        return None
    _, top, _, bottom = frame.box
    half = float(frame.across(texts[-1][0]) - frame.across(texts[0][0])) / max(len(texts) - 1, 1) / 2
    strips = [
        tag("rect", tag("title", text), x=float(frame.across(x)) - half, y=top, width=2 * half, height=bottom - top)
        for x, text in texts
    ]
    return tag("g", *strips, class_="hover")


def _at(axis: Axis, value: float) -> str:
    """A value in the words of its axis: a percentage where the axis has them."""
    return signed_percent(value) if axis.ticks and axis.ticks[0][1].endswith("%") else f"{value:.3f}"
