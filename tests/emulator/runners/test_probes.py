"""How answers become verdicts, and how pauses between restarts grow: no clock, no process."""

import pytest

from retailctl.emulator.runners.backoff import Backoff
from retailctl.emulator.runners.probes import ProbeTally
from retailctl.emulator.runners.spec import ProbeTiming

TIMING = ProbeTiming(initial_delay_s=5, period_s=10, success_threshold=2, failure_threshold=3)


def test_the_budget_is_the_delay_and_every_period() -> None:
    assert ProbeTiming().budget_s == 310
    assert TIMING.budget_s == 35


def test_success_needs_its_threshold_in_a_row() -> None:
    tally = ProbeTally(TIMING, "realistic", 0)
    assert [tally.record(passed, 0) for passed in (True, False, True, True)] == [False, False, False, True]
    assert tally.verdict == "passing"


def test_failure_needs_its_threshold_in_a_row() -> None:
    tally = ProbeTally(TIMING, "realistic", 0)
    answers = (False, False, True, False, False, False)
    assert [tally.record(passed, 0) for passed in answers] == [False] * 5 + [True]
    assert tally.verdict == "failing"


def test_a_verdict_is_told_once() -> None:
    tally = ProbeTally(TIMING, "realistic", 0)
    assert [tally.record(True, 0) for _ in range(4)] == [False, True, False, False]


def test_the_realistic_pace_keeps_the_probe_s_own_timing() -> None:
    tally = ProbeTally(TIMING, "realistic", 0)
    assert (tally.first_delay_s, tally.interval_s) == (5, 10)


def test_the_immediate_pace_probes_often_but_fails_only_after_the_whole_budget() -> None:
    tally = ProbeTally(TIMING, "immediate", 100)
    assert tally.first_delay_s == 0
    assert tally.interval_s < 0.1
    assert not any(tally.record(False, 100 + second) for second in range(35))
    assert tally.record(False, 135)


def test_after_the_first_success_both_paces_are_the_same() -> None:
    tally = ProbeTally(TIMING, "immediate", 0)
    tally.record(True, 0)
    tally.record(True, 0)
    assert tally.interval_s == 10
    assert [tally.record(False, 1) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("pace", "delays"), [("realistic", [10, 20, 40, 80, 160, 300, 300]), ("immediate", [0.1, 0.2])]
)
def test_pauses_between_restarts_double_up_to_a_limit(pace: str, delays: list[float]) -> None:
    backoff = Backoff.at(pace)  # type: ignore[arg-type]
    assert [backoff.next_delay_s(ran_for_s=0) for _ in delays] == delays


def test_a_steady_run_is_forgiven() -> None:
    backoff = Backoff.at("realistic")
    backoff.next_delay_s(ran_for_s=1)
    assert backoff.next_delay_s(ran_for_s=1) == 20
    assert backoff.next_delay_s(ran_for_s=601) == 10
