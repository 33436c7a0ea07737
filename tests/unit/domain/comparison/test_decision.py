"""Promoted, rejected or inconclusive: by the paired test, and only within the guard rails."""

from __future__ import annotations

from typing import Any

import pytest

from retailctl.domain.comparison import decide
from tests.unit.domain.comparison.backtests import HORIZON, document, method, origins, read, scored, sums, window

CHAMPION = (0.70, 0.72, 0.68, 0.75, 0.70)
BETTER = (0.64, 0.67, 0.64, 0.68, 0.65)


def test_golden_figures_of_a_candidate_that_is_better() -> None:
    found = decide(read(scored(*BETTER)), read(scored(*CHAMPION)))
    assert (found.verdict, found.measure, found.days) == ("promoted", "wrmsse", HORIZON)
    shares = [-6 / 70, -5 / 72, -4 / 68, -7 / 75, -5 / 70]
    assert [each.difference for each in found.windows] == pytest.approx(shares)
    assert (found.candidate.wrmsse, found.champion.wrmsse) == (pytest.approx(0.656), pytest.approx(0.71))
    assert (found.candidate.wape, found.champion.wape) == (pytest.approx(0.328), pytest.approx(0.355))
    assert found.test is not None
    # logs of the ratios: mean -0.0788597, standard deviation 0.0148638; SciPy's ttest_1samp gives the same
    assert found.test.difference == pytest.approx(-0.0758305, abs=1e-7)
    assert (found.test.low, found.test.high) == pytest.approx((-0.0927304, -0.0586157), abs=1e-7)
    assert found.test.p_value == pytest.approx(0.000289079, abs=1e-9)
    assert found.test.windows == 5


def test_the_same_pair_the_other_way_round_is_rejected() -> None:
    found = decide(read(scored(*CHAMPION)), read(scored(*BETTER)))
    assert (found.verdict, found.reason) == ("rejected", "the candidate is worse than the champion")


def test_a_difference_that_windows_show_by_chance_is_inconclusive() -> None:
    found = decide(read(scored(0.60, 0.75, 0.64)), read(scored(0.70, 0.72, 0.68)))
    assert found.verdict == "inconclusive"
    assert found.test is not None
    assert found.test.low < 0 < found.test.high


def test_one_good_window_does_not_promote() -> None:
    found = decide(read(scored(0.30)), read(scored(0.70)))
    assert (found.verdict, found.test) == ("inconclusive", None)
    assert found.reason == "1 window can be compared; at least 3 are needed"
    assert decide(read(scored(0.30, 0.31)), read(scored(0.70, 0.71))).verdict == "inconclusive"


def test_swapping_the_models_turns_the_ratio_over() -> None:
    one = decide(read(scored(*BETTER)), read(scored(*CHAMPION))).test
    other = decide(read(scored(*CHAMPION)), read(scored(*BETTER))).test
    assert one is not None
    assert other is not None
    assert (1 + one.difference) * (1 + other.difference) == pytest.approx(1)
    assert (1 + one.low) * (1 + other.high) == pytest.approx(1)
    assert one.p_value == pytest.approx(other.p_value)


def test_a_copy_of_the_champion_is_inconclusive_with_a_p_value_of_one() -> None:
    found = decide(read(scored(*CHAMPION)), read(scored(*CHAMPION)))
    assert found.verdict == "inconclusive"
    assert found.test is not None
    assert (found.test.difference, found.test.p_value) == (0.0, 1.0)


def test_a_difference_without_any_spread_is_decided() -> None:
    found = decide(read(scored(0.5, 0.5, 0.5)), read(scored(0.75, 0.75, 0.75)))
    assert found.verdict == "promoted"
    assert found.test is not None
    assert found.test.p_value == 0.0


def test_more_confidence_asks_for_more_evidence() -> None:
    own, other = read(scored(0.66, 0.66, 0.64)), read(scored(0.70, 0.72, 0.68))
    assert decide(own, other, 0.9).verdict == "promoted"
    assert decide(own, other, 0.999).verdict == "inconclusive"


def test_a_candidate_that_is_better_but_much_more_biased_is_rejected() -> None:
    for bias in (0.06, -0.06):
        found = decide(read(scored(*BETTER, bias=bias)), read(scored(*CHAMPION, bias=-0.02)))
        assert found.verdict == "rejected"
        assert found.reason == "better on average, but much more biased (6.0%, the limit is 5.0%)"
    assert decide(read(scored(*BETTER, bias=-0.049)), read(scored(*CHAMPION, bias=0.02))).verdict == "promoted"


def test_surplus_and_shortage_of_different_windows_do_not_make_up_for_each_other() -> None:
    own, other = scored(*BETTER), scored(*CHAMPION)
    for place, each in enumerate(own["windows"]):
        each["methods"]["model"]["error"] = [(-1) ** place * 8.0] * HORIZON
    found = decide(read(own), read(other))
    assert (found.verdict, found.guards[0].candidate) == ("rejected", pytest.approx(0.08))
    assert found.candidate.bias == pytest.approx(0.016)


def in_stores(wrmsse: float, **absolute_error: float) -> Any:
    """Three windows with the same sums of each store."""
    stores = {name: sums(value, 1000.0) for name, value in absolute_error.items()}
    return document([window(origin, method([20.0] * HORIZON, wrmsse=wrmsse, stores=stores)) for origin in origins(3)])


def test_a_candidate_that_is_much_worse_in_one_store_is_rejected() -> None:
    champion = in_stores(0.8, CA_1=500, TX_1=400)
    found = decide(read(in_stores(0.7, CA_1=300, TX_1=430)), read(champion))
    assert found.verdict == "rejected"
    assert found.reason == "better on average, but much worse in store TX_1 (WAPE 0.43, the limit is 0.42)"
    assert [(each.subject, each.passed) for each in found.guards] == [("all", True), ("CA_1", True), ("TX_1", False)]
    assert decide(read(in_stores(0.7, CA_1=300, TX_1=415)), read(champion)).verdict == "promoted"


def test_a_rail_that_is_broken_does_not_decide_what_the_windows_leave_open() -> None:
    found = decide(read(scored(0.60, 0.75, 0.64, bias=0.1)), read(scored(0.70, 0.72, 0.68)))
    assert found.verdict == "inconclusive"
    assert not found.guards[0].passed
