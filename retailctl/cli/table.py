"""Tables and field lists as aligned text: whole off a terminal, fitted to its width on one."""

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from retailctl.cli.paint import Paint

GAP = "  "
_NARROWEST = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with a style of its own (a name that :class:`~retailctl.cli.paint.Paint` knows)."""

    value: object
    style: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under upper-case headings; ``empty`` is said where there are none."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = "nothing found"
    numbers: frozenset[str] = field(default_factory=frozenset)
    """Headings of columns that are set flush right."""
    spare: Sequence[str] = ()
    """Headings of columns that a narrow terminal does without, the least wanted first."""
    prose: bool = False
    """Whether the last column holds sentences, which go on in the next line instead of being cut."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One thing, a field a line."""

    pairs: Sequence[tuple[str, object]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A point of a list: a mark in its colour, a name, and lines that say what there is to say."""

    mark: str
    style: str
    name: str
    lines: Sequence[str]


Block = Table | Fields | Marked | str

_NAME_WIDTH = 14


def draw(block: Block, paint: Paint, width: int | None) -> list[str]:
    """The lines of a block; ``width`` is the terminal's, None off a terminal, where nothing is cut."""
    if isinstance(block, str):
        return block.split("\n")
    if isinstance(block, Fields):
        return _fields(block, paint)
    if isinstance(block, Marked):
        return _marked(block, paint, width)
    return _table(block, paint, width)


def text(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, Cell):
        return text(value.value)
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _fields(block: Fields, paint: Paint) -> list[str]:
    widest = max((display_width(name) for name, _ in block.pairs), default=0)
    lines = [paint(block.title, "bold")] if block.title else []
    for name, value in block.pairs:
        shown = paint(text(value), value.style if isinstance(value, Cell) else "")
        head, *rest = shown.split("\n")
        lines.append(paint(pad(name, widest), "dim") + GAP + head)
        lines += [" " * widest + GAP + line for line in rest]
    return lines


def _marked(block: Marked, paint: Paint, width: int | None) -> list[str]:
    indent = " " * (_NAME_WIDTH + 3)
    lines = list(block.lines)
    if width is not None:
        room = max(width - len(indent), _NARROWEST)
        lines = [part for line in lines for part in textwrap.wrap(line, room, break_long_words=False)]
    head, *rest = lines
    first = f"{paint(block.mark, block.style)} {pad(block.name, _NAME_WIDTH)} {head}"
    return [first, *(indent + line for line in rest)]


def _table(table: Table, paint: Paint, width: int | None) -> list[str]:
    if not table.rows:
        return [paint(table.empty, "dim")] if table.empty else []
    table = _without_spare(table, width)
    texts = [[text(value) for value in row] for row in table.rows]
    widths = _fitted(_natural(table.headings, texts), width)
    right = [heading in table.numbers for heading in table.headings]
    lines = [_line(table.headings, ["bold"] * len(widths), widths, right, paint)]
    for row, shown in zip(table.rows, texts, strict=True):
        styles = [value.style if isinstance(value, Cell) else "" for value in row]
        for part in _parts(shown, widths[-1]) if table.prose else [shown]:
            lines.append(_line(part, styles, widths, right, paint))
    return lines


def _natural(headings: Sequence[str], texts: Sequence[Sequence[str]]) -> list[int]:
    return [max(display_width(cell) for cell in column) for column in zip(headings, *texts, strict=True)]


def _without_spare(table: Table, width: int | None) -> Table:
    """The table with as many of its spare columns as there is room for."""
    if width is None or not table.spare:
        return table
    texts = [[text(value) for value in row] for row in table.rows]
    widths = dict(zip(table.headings, _natural(table.headings, texts), strict=True))
    spare = list(table.spare)
    while spare and sum(widths.values()) + len(GAP) * (len(widths) - 1) > width:
        widths.pop(spare.pop(0), None)
    kept = [place for place, heading in enumerate(table.headings) if heading in widths]
    rows = [[row[place] for place in kept] for row in table.rows]
    return replace(table, headings=[table.headings[place] for place in kept], rows=rows)


def _parts(row: Sequence[str], width: int) -> list[list[str]]:
    """The lines of a row whose last cell is prose."""
    *others, prose = row
    first, *rest = textwrap.wrap(prose, max(width, _NARROWEST)) or [""]
    return [[*others, first], *([*([""] * len(others)), line] for line in rest)]


def _line(
    cells: Sequence[str], styles: Sequence[str], widths: Sequence[int], right: Sequence[bool], paint: Paint
) -> str:
    parts = []
    for cell, style, width, flush_right in zip(cells, styles, widths, right, strict=True):
        fitted = cut(cell, width)
        blank = " " * (width - display_width(fitted))
        painted = paint(fitted, style)
        parts.append(blank + painted if flush_right else painted + blank)
    return GAP.join(parts).rstrip()


def _fitted(widths: list[int], width: int | None) -> list[int]:
    """Take from the widest column, a character at a time, until the line fits; the first, the name, gives way last."""
    fitted = list(widths)
    room = None if width is None else width - len(GAP) * (len(widths) - 1)
    for columns in (range(1, len(fitted)), range(len(fitted))):
        while room is not None and sum(fitted) > room:
            widest = max(columns, key=fitted.__getitem__, default=0)
            if fitted[widest] <= _NARROWEST:
                break
            fitted[widest] -= 1
    return fitted


def display_width(line: str) -> int:
    """Columns that ``line`` takes on a terminal."""
    if line.isascii():
        return len(line)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line
    )


def pad(line: str, width: int) -> str:
    """``line`` with blanks up to ``width`` columns."""
    return line + " " * (width - display_width(line))


def cut(line: str, width: int) -> str:
    """``line``, ended with an ellipsis where it is wider than ``width`` columns."""
    if display_width(line) <= width:
        return line
    kept = line
    while kept and display_width(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"
