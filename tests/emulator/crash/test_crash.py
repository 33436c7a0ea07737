"""Random kills of a real server at work: a short run; `python -m tests.emulator.crash` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.crash.campaign import Campaign

SEED = 7


@pytest.mark.timeout(900)  # kills cost a start each, which takes its time on a busy machine
def test_nothing_acknowledged_is_lost_and_nothing_is_left_by_random_kills(tmp_path: Path) -> None:
    report = Campaign(tmp_path, SEED, kills=12, clients=2).run()
    assert not report.problems, report.line(SEED)
    assert report.kills.total() == 12
    assert report.acknowledged > 20
