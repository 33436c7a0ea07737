"""The report as one file that needs no other: the page, its style and its drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from training.artifact import Manifest
from training.backtest.folds import MODEL
from training.pipeline import Training
from training.report import sections
from training.report.drawings import STYLE, Drawing, drawings
from training.report.markup import html_text, tag
from training.report.opening import opening
from training.report.score_index import ScoreIndex
from training.report.words import METHODS
from training.summary import verdict

FILE_NAME = "report.html"

_STYLES = (STYLE, Path(__file__).with_name("page.css"))
_VIEWPORT = "width=device-width, initial-scale=1"


@dataclass(frozen=True, slots=True)
class Report:
    """A training's report; equal trainings have equal ones, to the byte: it holds no time stamp."""

    html: str
    drawings: dict[str, Drawing]

    @classmethod
    def of(cls, training: Training, manifest: Manifest) -> Report:
        """The report of a training whose artifact has been written."""
        scores = ScoreIndex(training.backtest.scores)
        drawn = drawings(training, scores)
        return cls("<!DOCTYPE html>\n" + html_text(_page(training, manifest, scores, drawn)) + "\n", drawn)

    def write(self, folder: Path) -> None:
        """Write the page into a folder."""
        (folder / FILE_NAME).write_text(self.html, encoding="utf-8")


def _page(training: Training, manifest: Manifest, scores: ScoreIndex, drawn: dict[str, Drawing]) -> Element:
    backtest, levels = training.backtest, training.backtest.quantiles
    main = tag(
        "main",
        *opening(backtest, scores, verdict(training.metrics)),
        sections.quality(scores, levels, _wspl(training.metrics)),
        sections.forecasts(drawn),
        sections.over_time(drawn, scores, levels),
        sections.by_level(drawn, scores),
        sections.by_group(scores, levels),
        tag("div", sections.uncertainty(drawn), sections.model(drawn, manifest), class_="beside"),
        sections.provenance(backtest.panel, manifest),
    )
    return tag("html", _head(f"Forecast report, {manifest.origin}"), tag("body", main), lang="en")


def _wspl(metrics: Mapping[str, float]) -> dict[str, float]:
    """Scaled pinball loss by method, as far as it was measured."""
    names = {method: "wspl" if method == MODEL else f"wspl_{method}" for method in METHODS}
    return {method: metrics[name] for method, name in names.items() if name in metrics}


def _head(title: str) -> Element:
    style = "".join(file.read_text(encoding="utf-8") for file in _STYLES)
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content=_VIEWPORT),
        tag("title", title),
        tag("style", style),
    )
