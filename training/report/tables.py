"""Tables of scores, in which every figure carries its full value beside what is shown of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from training.backtest.folds import MODEL
from training.report.markup import Child, shortened, tag
from training.report.score_index import WHOLE, Group, ScoreIndex
from training.report.words import LEVELS, MEASURES, METHODS, MISSING, SHORT_METHODS, figure, level, percent

MOST_GROUPS = 60
"""Rows of a table of groups."""

_SMALLER_IS_BETTER = ("wrmsse", "wape", "mase", "rmsse")


def cell(measure: str, value: float, class_: str | None = None) -> Element:
    """A figure: shown rounded, its full value in the ``data`` element's attribute."""
    if not math.isfinite(value):
        return tag("td", MISSING, class_="none")
    shown = percent(value) if measure == "coverage" else figure(measure, value)
    return tag("td", tag("data", shown, value=repr(value)), class_=class_)


def method_table(scores: ScoreIndex, levels: Sequence[float]) -> Element:
    """A row for each method, over all series, days and origins."""
    measures = [measure for measure in MEASURES if scores.has([WHOLE], measure)]
    covered = [of for of in levels if math.isfinite(scores.coverage(WHOLE, of))]
    heads = [*(tag("th", MEASURES[measure]) for measure in measures), *(tag("th", f"≤ {level(of)}") for of in covered)]
    best = {measure: _best(scores, measure) for measure in measures}
    rows = []
    for method, title in METHODS.items():
        cells = [
            cell(measure, scores.figure(WHOLE, measure, method), "best" if best[measure] == method else None)
            for measure in measures
        ]
        shares = [cell("coverage", scores.coverage(WHOLE, of) if method == MODEL else math.nan) for of in covered]
        rows.append(tag("tr", _name(title), *cells, *shares, class_=method))
    return _table([tag("tr", tag("th", ""), *heads)], rows)


def _best(scores: ScoreIndex, measure: str) -> str | None:
    """The method with the lowest figure; none where a low figure is not good in itself."""
    figures = {method: scores.figure(WHOLE, measure, method) for method in METHODS}
    known = {method: value for method, value in figures.items() if math.isfinite(value)}
    return min(known, key=lambda method: known[method]) if known and measure in _SMALLER_IS_BETTER else None


def group_table(title: str, scores: ScoreIndex, groups: Sequence[Group], levels: Sequence[float]) -> Element:
    """A row for each group: each measure of the model and the baselines side by side, then the model's coverage."""
    measures = [measure for measure in MEASURES if scores.has(groups, measure)]
    covered = [of for of in levels if any(math.isfinite(scores.coverage(group, of)) for group in groups)]
    top = [tag("th", MEASURES[measure], colspan=len(METHODS), class_="first") for measure in measures]
    if covered:
        top.append(tag("th", "Coverage", colspan=len(covered), class_="first"))
    under = [tag("th", SHORT_METHODS[method], class_=_first(place)) for _ in measures for place, method in _METHODS]
    under += [tag("th", f"≤ {level(of)}", class_=_first(place)) for place, of in enumerate(covered)]
    rows = [_group_row(scores, group, measures, covered) for group in groups]
    return _table([tag("tr", tag("th", title, rowspan=2), *top), tag("tr", *under)], rows)


_METHODS = tuple(enumerate(METHODS))


def _group_row(scores: ScoreIndex, group: Group, measures: Sequence[str], covered: Sequence[float]) -> Element:
    cells = [
        cell(measure, scores.figure(group, measure, method), f"{method} {_first(place) or ''}".strip())
        for measure in measures
        for place, method in _METHODS
    ]
    cells += [cell("coverage", scores.coverage(group, of), _first(place)) for place, of in enumerate(covered)]
    by, value = group
    return tag("tr", _name(LEVELS.get(value, value) if by == "level" else value), *cells)


def _first(place: int) -> str | None:
    """The class of a column that begins a block of columns."""
    return "first" if place == 0 else None


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


def _name(text: str) -> Element:
    """The head of a row: a long name is cut, and shown whole where the pointer rests."""
    short = shortened(text)
    children: list[Child] = [tag("bdi", short)]
    return tag("th", *children, scope="row", title=text if short != text else None)


def _table(head: Sequence[Element], rows: Sequence[Element]) -> Element:
    return tag("div", tag("table", tag("thead", *head), tag("tbody", *rows)), class_="scroll")
