"""The report as a file: whole without another, safe whatever the data is called, small, and the same each time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.training.report.pages import Page, renamed, some_rows, with_backtest
from training.artifact import Manifest
from training.backtest import Fold
from training.pipeline import Training
from training.report import FILE_NAME, Report, standalone

EVIL = {
    "apple": '<script>alert("apple")</script>',
    "bread": "bread' onmouseover='x()\" & <b>more</b> &amp;",
    "candle": "candle " * 700,
    "drill": "drill\x00\x1b[31m\u202eevil ]]> --> </svg></style>",
    "east": "<east & co>",
    "west": "w" * 3000,
    "food": "</table><img src=x>",
    "home": "\ud7ff\ufffe home",
}


def test_the_page_is_well_formed_and_holds_every_drawing(page: Page, report: Report) -> None:
    assert page.open == []
    assert page.structure[:2] == ["html", "head"]
    assert page.structure.count("svg") == len(report.drawings) == 11
    assert {"h1", "h2", "figure", "table"} <= set(page.structure)


def test_nothing_is_fetched_from_anywhere(page: Page, report: Report) -> None:
    fetching = {"script", "link", "img", "iframe", "object", "embed", "base", "image", "use"}
    assert not fetching & set(page.structure)
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {"src", "href", "xlink:href", "srcset", "style"} & names
    assert not re.search(r"https?:|url\(|@import|@font-face", report.html)


def test_every_drawing_is_a_picture_with_a_name(page: Page) -> None:
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in drawings)


def test_names_out_of_the_data_are_never_markup(training: Training, manifest: Manifest, page: Page) -> None:
    evil = Page(Report.of(renamed(training, EVIL), manifest).html)
    assert evil.structure == page.structure
    names = {name for _, attributes in evil.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")}
    text = "".join(evil.texts)
    assert "<east & co>" in text
    assert "</table><img src=x>" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)


def test_long_names_are_cut_and_kept_whole_where_the_pointer_rests(training: Training, manifest: Manifest) -> None:
    evil = Page(Report.of(renamed(training, EVIL), manifest).html)
    (row,) = [row for row in evil.table("Store").rows if row[0][0].startswith("www")]
    assert len(row[0][0]) == 48
    assert "w" * 3000 in [attributes.get("title") for _, attributes in evil.elements]


def test_a_drawing_alone_is_an_svg_file(training: Training, manifest: Manifest) -> None:
    for drawing in Report.of(renamed(training, EVIL), manifest).drawings.values():
        root = ElementTree.fromstring(standalone(drawing))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}style") is not None


def test_equal_trainings_have_equal_reports(training: Training, manifest: Manifest, report: Report) -> None:
    again = Report.of(with_backtest(training, training.windows.panel, training.backtest.folds), manifest)
    assert again.html == report.html


def test_it_is_written_into_the_model_folder(report: Report, tmp_path: Path) -> None:
    report.write(tmp_path)
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == report.html


def test_warnings_about_the_data_are_shown_and_not_all_of_very_many(training: Training, manifest: Manifest) -> None:
    warnings = ("1,204 missing days counted as no sale", *(f"column <{number}> was ignored" for number in range(40)))
    panel = replace(training.windows.panel, warnings=warnings)
    texts = Page(Report.of(with_backtest(training, panel, training.backtest.folds), manifest).html).texts
    assert warnings[0] in texts
    assert "column <3> was ignored" in texts
    assert "and 21 more in the job's log" in texts


@pytest.fixture(scope="module")
def chain(training: Training) -> Training:
    """300 stores that sell one item each, over the longest horizon."""
    rows = np.arange(300) % training.windows.panel.n_series
    stores = tuple(f"store {place:03} of a chain with long names of its stores" for place in range(300))
    index = np.arange(300, dtype=np.int32)
    panel = replace(
        some_rows(training.windows.panel, rows.tolist()), store_ids=stores, stores=stores, store_index=index
    )
    horizon = 180
    shape = (300, horizon)
    folds = tuple(
        Fold(
            panel.origin - horizon * back,
            panel.sales[:, panel.origin - horizon * back :][:, :horizon],
            {name: np.resize(units, shape) for name, units in training.backtest.folds[0].forecasts.items()},
        )
        for back in (2, 1)
    )
    return with_backtest(training, panel, folds)


def test_many_stores_and_days_ahead_stay_below_a_megabyte(chain: Training, manifest: Manifest) -> None:
    report = Report.of(chain, manifest)
    page = Page(report.html)
    assert len(report.html.encode()) < 1_000_000
    assert len(page.table("Store").rows) == 60
    assert any("The 60 of 300 with the highest WAPE" in text for text in page.texts)
