"""Of many figures the ones that everybody asks for; of few all."""

from __future__ import annotations

from retailctl.domain.headlines import MOST, headlines

OURS = ("wape", "bias", "mase", "rmsse", "wrmsse", "wspl")
ASKED_FOR = {*OURS, *(f"{name}_seasonal_naive" for name in OURS), "coverage_0.1", "coverage_0.9", "backtest_origins"}
DETAILS = {
    *(f"{name}_mean28" for name in OURS),
    "wrmsse_total",
    "wrmsse_store_department",
    "wrmsse_item_store",
    "coverage_0.1_FOODS",
    "coverage_0.9_HOBBIES",
}


def test_of_training_s_figures_the_overall_ones_are_kept() -> None:
    assert headlines(dict.fromkeys(ASKED_FOR | DETAILS, 1.0)).keys() == ASKED_FOR
    assert len(ASKED_FOR) <= MOST


def test_a_few_figures_of_another_script_are_kept_whatever_they_are_called() -> None:
    few = {f"measure_{number}": float(number) for number in range(MOST)}
    assert headlines(few) == few
