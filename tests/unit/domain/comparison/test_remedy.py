"""What makes an inconclusive comparison tell more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from retailctl.domain.comparison import decide
from retailctl.domain.comparison.remedy import Remedy, remedy
from tests.unit.domain.comparison.backtests import HORIZON, NEWEST, document, method, origins, read, scored, window


def advice(candidate: Any, champion: Any) -> Remedy | None:
    own, other = read(candidate), read(champion)
    found = decide(own, other)
    assert found.verdict == "inconclusive"
    return remedy(own, other, found)


def earlier(days: int, count: int = 3) -> list[str]:
    return origins(count, newest=NEWEST - timedelta(days=days))


def test_where_windows_were_enough_more_of_them_tell_more() -> None:
    assert advice(scored(0.6, 0.7, 0.8), scored(0.6, 0.7, 0.8)) == Remedy("both", 6, HORIZON)
    assert advice(scored(*[0.6] * 12), scored(*[0.6] * 12)) == Remedy("both", 20, HORIZON)
    assert advice(scored(*[0.6] * 20), scored(*[0.6] * 20)) is None


def test_a_candidate_with_too_few_windows_needs_them_first() -> None:
    assert advice(scored(0.6, 0.7), scored(0.6, 0.7, 0.8)) == Remedy("both", 3, HORIZON)


@pytest.mark.parametrize(("days", "who", "count"), [(56, "candidate", 5), (-28, "champion", 4)])
def test_whole_horizons_apart_the_later_one_looks_further_back(days: int, who: str, count: int) -> None:
    champion = scored(0.6, 0.7, 0.8, first=earlier(days))
    assert advice(scored(0.6, 0.7, 0.8), champion) == Remedy(who, count, HORIZON)  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [7, 28 * 18])
def test_otherwise_the_champion_is_trained_on_the_candidate_s_data(days: int) -> None:
    champion = scored(0.6, 0.7, 0.8, first=earlier(days))
    assert advice(scored(0.6, 0.7, 0.8, 0.7), champion) == Remedy("champion", 4, HORIZON)


def test_corrected_data_and_another_horizon_ask_for_the_champion_anew() -> None:
    corrected = scored(0.6, 0.7, 0.8)
    corrected["windows"][0]["units"][0] = 7.0
    assert advice(scored(0.6, 0.7, 0.8), corrected) == Remedy("champion", 3, HORIZON)
    short = document([window(each, method([1.0] * 7)) for each in earlier(7)], horizon=7)
    assert advice(scored(0.6, 0.7, 0.8), short) == Remedy("champion", 3, HORIZON)
