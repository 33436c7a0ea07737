"""Tables of scores, in which every figure carries its full value beside what is shown of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from training.backtest.folds import MODEL
from training.report import words
from training.report.markup import shortened, tag
from training.report.score_index import WHOLE, Group, ScoreIndex
from training.report.words import METHODS

BY_GROUP = ("wrmsse", "wape", "bias", "mase", "rmsse")
"""Measures that there are rows of scores of, as they are shown."""

MOST_GROUPS = 60
"""Rows of a table of groups."""

_SMALLER_IS_BETTER = ("wrmsse", "wape", "mase", "rmsse", "wspl")


def method_table(scores: ScoreIndex, levels: Sequence[float], wspl: Mapping[str, float]) -> Element:
    """A row for each method, over all series, days and origins; ``wspl`` by method, which has no rows of scores."""
    figures = {
        measure: {method: scores.figure(WHOLE, measure, method) for method in METHODS}
        for measure in BY_GROUP
        if scores.has([WHOLE], measure)
    }
    if wspl:
        figures["wspl"] = dict(wspl)
    covered = _covered(scores, [WHOLE], levels)
    heads = [tag("th", _title(measure), rowspan=2) for measure in figures]
    rows = []
    for method, title in METHODS.items():
        cells = [
            _cell(measure, known.get(method, math.nan), "best" if method == _best(measure, known) else "")
            for measure, known in figures.items()
        ]
        shares = [scores.coverage(WHOLE, level) if method == MODEL else math.nan for level in covered]
        rows.append(tag("tr", _name(title), *cells, *_shares(shares), class_=method))
    head = tag("tr", tag("th", rowspan=2), *heads, _over_shares(covered))
    return _table([head, tag("tr", *_heads(_levels(covered)))], rows)


def group_table(
    title: str,
    scores: ScoreIndex,
    groups: Sequence[Group],
    levels: Sequence[float],
    measures: Sequence[str] = BY_GROUP,
) -> Element:
    """A row for each group: each measure of the model and the baselines side by side, then the model's coverage."""
    known = [measure for measure in measures if scores.has(groups, measure)]
    covered = _covered(scores, groups, levels)
    top = [tag("th", _title(measure), colspan=len(METHODS), class_="first") for measure in known]
    under = [head for _ in known for head in _heads(list(words.SHORT_METHODS.values()))]
    head = tag("tr", tag("th", title, rowspan=2), *top, _over_shares(covered))
    rows = [_group_row(scores, group, known, covered) for group in groups]
    return _table([head, tag("tr", *under, *_heads(_levels(covered)))], rows)


def worst_groups(scores: ScoreIndex, groups: Sequence[Group]) -> list[Group]:
    """The groups as they are, or, of more than a table takes, those with the highest WAPE of the model."""
    if len(groups) <= MOST_GROUPS:
        return list(groups)

    def badness(group: Group) -> float:
        wape = scores.figure(group, "wape")
        return wape if math.isfinite(wape) else -math.inf

    return sorted(groups, key=badness, reverse=True)[:MOST_GROUPS]


def pairs_table(pairs: Sequence[tuple[str, str]]) -> Element:
    """Names and values, in a table without a head."""
    rows = [tag("tr", _name(name), tag("td", value, class_="text")) for name, value in pairs]
    return tag("div", tag("table", tag("tbody", *rows), class_="pairs"), class_="scroll")


def _group_row(scores: ScoreIndex, group: Group, measures: Sequence[str], covered: Sequence[float]) -> Element:
    cells = [
        _cell(measure, scores.figure(group, measure, method), f"{method}{' first' if method == MODEL else ''}")
        for measure in measures
        for method in METHODS
    ]
    by, value = group
    title = words.LEVELS.get(value, value) if by == "level" else value
    return tag("tr", _name(title), *cells, *_shares([scores.coverage(group, level) for level in covered]))


def _cell(measure: str, value: float, class_: str) -> Element:
    """A figure: shown rounded and without its unit, its full value in the ``data`` element's attribute."""
    if not math.isfinite(value):
        return tag("td", words.MISSING, class_=f"none {class_}".strip())
    shown = words.percent(value) if measure == "coverage" else words.figure(measure, value)
    return tag("td", tag("data", shown.removesuffix(words.PER_CENT), value=repr(value)), class_=class_ or None)


def _shares(shares: Sequence[float]) -> list[Element]:
    return [_cell("coverage", share, "" if place else "first") for place, share in enumerate(shares)]


def _covered(scores: ScoreIndex, groups: Sequence[Group], levels: Sequence[float]) -> list[float]:
    """The levels whose coverage was measured in any of the groups."""
    return [level for level in levels if any(math.isfinite(scores.coverage(group, level)) for group in groups)]


def _over_shares(covered: Sequence[float]) -> Element | None:
    """The head above the columns of coverage."""
    return tag("th", "Coverage, %", colspan=len(covered), class_="first") if covered else None


def _levels(covered: Sequence[float]) -> list[str]:
    return [f"≤ {100 * level:g}" for level in covered]


def _heads(titles: Sequence[str]) -> list[Element]:
    """Heads of a block of columns."""
    return [tag("th", title, class_=None if place else "first") for place, title in enumerate(titles)]


def _title(measure: str) -> str:
    title = words.MEASURES[measure]
    return f"{title}, %" if measure in words.PERCENTAGES else title


def _best(measure: str, figures: Mapping[str, float]) -> str | None:
    """The method with the lowest figure; none where a low figure is not good in itself."""
    known = {method: value for method, value in figures.items() if math.isfinite(value)}
    return min(known, key=lambda method: known[method]) if known and measure in _SMALLER_IS_BETTER else None


def _name(text: str) -> Element:
    """The head of a row: a long name is cut, and shown whole where the pointer rests."""
    short = shortened(text)
    return tag("th", tag("bdi", short), scope="row", title=text if short != text else None)


def _table(head: Sequence[Element], rows: Sequence[Element]) -> Element:
    return tag("div", tag("table", tag("thead", *head), tag("tbody", *rows)), class_="scroll")
