"""Reports of small made-up trainings, and their pages read back as a browser's parser reads them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from training.backtest import Backtest, Fold
from training.panel import Panel
from training.pipeline import Training
from training.summary import flat_metrics

VOID = {"meta", "br"}


@dataclass
class Table:
    """The cells of a table: text, and the full value where a cell has one."""

    head: list[list[str]] = field(default_factory=list)
    rows: list[list[tuple[str, float | None]]] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.head[0][0] if self.head else "no head"


class Page(HTMLParser):
    """Elements, texts and tables of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.tables: list[Table] = []
        self.open: list[str] = []
        self._value: float | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append(Table())
        elif tag == "tr" and "thead" in self.open:
            self.tables[-1].head.append([])
        elif tag == "tr":
            self.tables[-1].rows.append([])
        elif tag in ("td", "th"):
            self.texts.append("")
            self._value = None
        elif tag == "data":
            self._value = float(dict(attrs)["value"] or "nan")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements are closed in order"
        if tag == "th" and "thead" in self.open:
            self.tables[-1].head[-1].append(self.texts[-1])
        elif tag in ("td", "th"):
            self.tables[-1].rows[-1].append((self.texts[-1], self._value))

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.texts[-1] += data
        else:
            self.texts.append(data)

    @property
    def structure(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def table(self, title: str) -> Table:
        (found,) = [table for table in self.tables if table.title == title]
        return found


def with_backtest(training: Training, panel: Panel, folds: tuple[Fold, ...]) -> Training:
    """The training, judged by other folds on another panel with the same columns."""
    backtest = Backtest(panel, folds, training.options.quantiles)
    windows = replace(training.windows, panel=panel)
    return replace(training, windows=windows, backtest=backtest, metrics=flat_metrics(backtest, backtest.quantiles))


def some_rows(panel: Panel, rows: list[int]) -> Panel:
    """Some of a panel's series, or the same ones several times."""
    matrices = {name: getattr(panel, name) for name in ("sales", "price", "promo", "on_sale", "store_index")}
    cut = {name: None if matrix is None else matrix[rows] for name, matrix in matrices.items()}
    texts = {name: tuple(getattr(panel, name)[row] for row in rows) for name in ("store_ids", "item_ids")}
    statics = {name: tuple(values[row] for row in rows) for name, values in panel.statics.items()}
    return replace(panel, **cut, **texts, statics=statics, known={})


def some_series(training: Training, rows: list[int]) -> Training:
    """The training, judged by some of its series."""
    smaller = some_rows(training.windows.panel, rows)
    folds = tuple(
        Fold(fold.origin, fold.actual[rows], {name: units[rows] for name, units in fold.forecasts.items()})
        for fold in training.backtest.folds
    )
    return with_backtest(training, smaller, folds)


def renamed(training: Training, names: dict[str, str]) -> Training:
    """The training, with some of the panel's words replaced."""

    def word(text: str) -> str:
        return names.get(text, text)

    panel = training.windows.panel
    other = replace(
        panel,
        store_ids=tuple(map(word, panel.store_ids)),
        item_ids=tuple(map(word, panel.item_ids)),
        statics={name: tuple(map(word, values)) for name, values in panel.statics.items()},
        stores=tuple(map(word, panel.stores)),
    )
    return with_backtest(training, other, training.backtest.folds)
