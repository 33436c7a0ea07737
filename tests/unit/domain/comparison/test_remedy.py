"""What makes an inconclusive comparison tell more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import pytest

from retailctl.domain.comparison import decide
from retailctl.domain.comparison.remedy import Remedy, remedy
from retailctl.domain.comparison.schedule import Schedule
from tests.unit.domain.comparison.backtests import HORIZON, NEWEST, document, method, origins, read, scored, window

END = date(2016, 5, 22)
"""Last day of the window from NEWEST."""


def over(who: Literal["candidate", "champion", "both"], count: int, end: date = END) -> Remedy:
    return Remedy(who, Schedule(HORIZON, count, end))


def advice(candidate: Any, champion: Any) -> Remedy | None:
    own, other = read(candidate), read(champion)
    found = decide(own, other)
    assert found.verdict == "inconclusive"
    return remedy(own, other, found)


def earlier(days: int, count: int = 3) -> list[str]:
    return origins(count, newest=NEWEST - timedelta(days=days))


def test_where_windows_were_enough_more_of_them_tell_more() -> None:
    assert advice(scored(0.6, 0.7, 0.8), scored(0.6, 0.7, 0.8)) == over("both", 6)
    assert advice(scored(*[0.6] * 12), scored(*[0.6] * 12)) == over("both", 20)
    assert advice(scored(*[0.6] * 20), scored(*[0.6] * 20)) is None


def test_where_one_has_more_windows_the_other_one_is_trained_over_them() -> None:
    assert advice(scored(0.6, 0.7, 0.8), scored(*[0.7] * 5)) == over("candidate", 5)
    assert advice(scored(*[0.7] * 5), scored(0.6, 0.7, 0.8)) == over("champion", 5)
    assert advice(scored(0.6, 0.7), scored(0.6, 0.7, 0.8)) == over("candidate", 3)
    assert advice(scored(0.6, 0.7), scored(0.6)) == over("both", 3)


@pytest.mark.parametrize("days", [1, 7, 56, 28 * 18])
def test_a_candidate_of_later_days_is_trained_over_the_champion_s_windows(days: int) -> None:
    champion = scored(0.6, 0.7, 0.8, 0.7, first=earlier(days, 4))
    assert advice(scored(0.6, 0.7, 0.8), champion) == over("candidate", 4, END - timedelta(days=days))


def test_a_candidate_of_earlier_days_cannot_have_the_champion_s_windows() -> None:
    champion = scored(0.6, 0.7, 0.8, first=earlier(-7))
    assert advice(scored(0.6, 0.7, 0.8, 0.7), champion) == over("champion", 4)
    assert advice(scored(0.6, 0.7), champion) == over("both", 3)


def test_of_corrected_windows_enough_others_have_to_be_left() -> None:
    corrected = scored(0.6, 0.7, 0.8)
    corrected["windows"][0]["units"][0] = 7.0
    assert advice(scored(0.6, 0.7, 0.8), corrected) == over("champion", 3)
    longer = scored(0.6, 0.7, 0.8, 0.7, 0.6)
    longer["windows"][4]["units"][0] = 7.0
    assert advice(scored(0.6, 0.7, 0.8), longer) == over("candidate", 5)


def test_another_horizon_asks_for_the_champion_anew() -> None:
    short = document([window(each, method([1.0] * 7)) for each in earlier(7)], horizon=7)
    assert advice(scored(0.6, 0.7, 0.8), short) == over("champion", 3)


def test_a_window_that_no_ratio_can_be_made_of_cannot_be_repaired_by_training_one_of_them() -> None:
    unsold = scored(0.6, 0.7, 0.8)
    unsold["windows"][0]["units"] = [0.0] * HORIZON
    assert advice(unsold, unsold) == over("both", 4)
