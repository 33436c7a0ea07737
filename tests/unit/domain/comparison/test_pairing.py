"""Only windows that mean the same for both models are compared; the others are named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from retailctl.domain.comparison import decide
from tests.unit.domain.comparison.backtests import (
    HORIZON,
    NEWEST,
    document,
    method,
    origins,
    read,
    scored,
    window,
)


def causes(found: Any) -> list[tuple[str, str]]:
    return [(str(each.origin), each.cause) for each in found.left_out]


def test_only_origins_that_both_have_count() -> None:
    own = scored(0.6, 0.6, 0.6, 0.6)
    other = scored(0.7, 0.7, 0.7, first=origins(3, newest=NEWEST - timedelta(days=HORIZON)))
    found = decide(read(own), read(other))
    assert [each.origin for each in found.windows] == [date(2016, 2, 1), date(2016, 2, 29), date(2016, 3, 28)]
    assert causes(found) == [("2016-04-25", "one-sided")]
    assert "candidate's" in found.left_out[0].why


def test_data_that_was_corrected_in_between_is_not_compared_and_said() -> None:
    own, other = scored(0.6, 0.6, 0.6, 0.6), scored(0.7, 0.71, 0.7, 0.7)
    other["windows"][1]["units"][4] += 1
    other["windows"][1]["units"][9] -= 1
    found = decide(read(own), read(other))
    assert causes(found) == [("2016-02-29", "corrected")]
    assert found.left_out[0].why.startswith("the units sold differ on 2 of 28 days: the data was corrected")
    assert (found.verdict, len(found.windows)) == ("promoted", 3)


def test_the_rounding_of_a_sum_is_no_correction() -> None:
    own, other = scored(0.6, 0.61, 0.6), scored(0.7, 0.7, 0.7)
    for each in other["windows"]:
        each["units"] = [units * (1 + 1e-8) for units in each["units"]]
    assert len(decide(read(own), read(other)).windows) == 3


def test_of_different_horizons_the_days_of_both_are_compared_by_wape() -> None:
    days = 7
    short = document([window(origin, method([30.0] * days, wrmsse=0.1), 0.9) for origin in origins(3)], horizon=days)
    champion = document([window(origin, method([40.0] * days + [1.0] * 21, wrmsse=0.7)) for origin in origins(3)])
    found = decide(read(short), read(champion))
    assert (found.measure, found.days, found.verdict) == ("wape", days, "promoted")
    assert (found.candidate.wape, found.champion.wape) == (pytest.approx(0.3), pytest.approx(0.4))
    assert found.candidate.wrmsse is None
    assert [each.guard for each in found.guards] == ["bias"]
    assert "the first 7 days of each window" in found.notes[0]


def test_windows_that_overlap_are_not_counted_twice() -> None:
    places = origins(5, spacing=14)
    found = decide(read(scored(*[0.6] * 5, first=places)), read(scored(*[0.7] * 5, first=places)))
    assert [str(each.origin) for each in found.windows] == [places[0], places[2], places[4]]
    assert causes(found) == [(places[1], "overlapping"), (places[3], "overlapping")]


def test_a_window_without_sales_has_no_share_to_compare() -> None:
    own, other = scored(0.6, 0.6), scored(0.7, 0.7)
    for each in (own, other):
        each["windows"][0]["units"] = [0.0] * HORIZON
    assert causes(decide(read(own), read(other))) == [("2016-03-28", "unsold")]


def test_a_window_without_any_error_makes_no_ratio() -> None:
    own, other = scored(0.6, 0.0, 0.6, 0.6), scored(0.7, 0.71, 0.7, 0.72)
    assert causes(decide(read(own), read(other))) == [("2016-02-29", "exact")]


def test_wrmsse_on_another_scale_is_not_compared() -> None:
    """The naive forecast is made of the data alone: where its WRMSSE differs, the history did."""
    own, other = scored(0.6, 0.62, 0.6), scored(0.7, 0.7, 0.7, fingerprint="e" * 64)
    for each in other["windows"]:
        each["methods"]["seasonal_naive"]["wrmsse"] = 0.95
    found = decide(read(own), read(other))
    assert (found.measure, found.candidate.wrmsse, found.champion.wrmsse) == ("wape", None, None)
    assert [note.partition(" ")[0] for note in found.notes] == ["WRMSSE", "the"]


def test_data_without_a_wrmsse_is_compared_by_wape() -> None:
    own, other = scored(0.6, 0.62, 0.6), scored(0.7, 0.7, 0.7)
    own["windows"][0]["methods"]["model"]["wrmsse"] = None
    found = decide(read(own), read(other))
    assert (found.measure, found.verdict) == ("wape", "promoted")
