"""The frame that all drawings share: size, axes, grid and legend, as inline SVG styled by classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from training.report.axis import Array, Axis
from training.report.markup import tag

WIDTH = 520.0
_LETTER, _CAPITAL = 7.6, 9.0
"""Widths that the letters of the drawings' text hardly exceed, in the widest of the usual typefaces."""
_SWATCH = 20.0

Size = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """An area of a drawing in which values are drawn, in the pixels of its view box."""

    x: Axis
    y: Axis
    height: float = 300.0
    left: float = 54.0
    right: float = 24.0
    top: float = 36.0
    bottom: float = 40.0

    @property
    def box(self) -> Size:
        """Left, top, right and bottom edge of the area."""
        return self.left, self.top, WIDTH - self.right, self.height - self.bottom

    def across(self, values: Array | float) -> Array:
        left, _, right, _ = self.box
        return self.x.place(values, left, right)

    def up(self, values: Array | float) -> Array:
        _, top, _, bottom = self.box
        return self.y.place(values, bottom, top)

    def inside(self, up: Array) -> Array:
        """Pixels of heights, those outside the area moved to its edge."""
        _, top, _, bottom = self.box
        return np.clip(up, top, bottom)

    def drawing(self, title: str, *layers: Element | None) -> Element:
        """The whole drawing: the layers in the order given, with a title for those who hear it."""
        view = f"0 0 {WIDTH:g} {self.height:g}"
        return tag("svg", tag("title", title), *layers, viewBox=view, class_="chart", role="img", aria_label=title)


def grid(frame: Frame, x_title: str = "", y_title: str = "", *, rows: bool = True, columns: bool = False) -> Element:
    """Lines and labels at the axes' marks: lines across for ``rows``, lines up for ``columns``."""
    left, top, right, bottom = frame.box
    parts: list[Element] = []
    for value, label in frame.y.ticks:
        height = float(frame.up(value))
        if rows:
            parts.append(_line(left, height, right, height))
        parts.append(_text(label, left - 7, height + 4, "end"))
    for value, label in frame.x.ticks:
        place = float(frame.across(value))
        parts.append(_line(place, top, place, bottom) if columns else _line(place, bottom, place, bottom + 4))
        parts.append(_text(label, place, bottom + 18, "middle"))
    parts.append(_text(x_title, (left + right) / 2, bottom + 35, "middle"))
    parts.append(_text(y_title, 4, 16, "start"))
    return tag("g", *(part for part in parts if part.text != ""), class_="grid")


def zero_line(frame: Frame, *, upright: bool = False) -> Element | None:
    """The line of 0, when it lies inside the frame."""
    left, top, right, bottom = frame.box
    axis = frame.x if upright else frame.y
    if not axis.low <= 0 <= axis.high:
        return None
    place = float(frame.across(0.0)) if upright else float(frame.up(0.0))
    ends = (place, top, place, bottom) if upright else (left, place, right, place)
    return _line(*ends, class_="zero")


def legend(entries: Sequence[tuple[str, str]]) -> Element:
    """(class, label) of each kind of mark, written in one line at the drawing's top right."""
    widths = [_SWATCH + 5 + text_width(label) + 12 for _, label in entries]
    place, parts = WIDTH - 4 - sum(widths), []
    for (kind, label), width in zip(entries, widths, strict=True):
        parts.append(_swatch(kind, place))
        parts.append(_text(label, place + _SWATCH + 5, 16, "start"))
        place += width
    return tag("g", *parts, class_="legend")


def text_width(text: str) -> float:
    """Room that a text needs, in the pixels of the view box."""
    return sum(_CAPITAL if letter.isupper() else _LETTER for letter in text)


def _swatch(kind: str, place: float) -> Element:
    if kind == "band":
        return tag("rect", x=place, y=6, width=_SWATCH, height=12, class_=kind)
    if kind.startswith("dot "):
        return tag("circle", cx=place + _SWATCH - 6, cy=12, r=4.5, class_=kind)
    return _line(place, 12, place + _SWATCH, 12, class_=f"line {kind}")


def _line(x1: float, y1: float, x2: float, y2: float, class_: str | None = None) -> Element:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def _text(text: str, x: float, y: float, anchor: str) -> Element:
    return tag("text", text, x=x, y=y, text_anchor=anchor)
