"""What ``traffic`` and ``rollback`` ask for, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retailctl.workflows.rollback import RollbackRequest
from retailctl.workflows.shift import ShiftRequest
from tests.unit.cli.conftest import Recording, Run

Asked = Callable[..., Any]


@pytest.mark.parametrize("words", [["blue=50", "green=50"], ["blue=50,green=50"], ["blue=50 green=50"]])
@pytest.mark.parametrize("name", ["traffic", "shift-traffic"])
def test_every_spelling_of_a_split_asks_for_the_same(asked: Asked, name: str, words: list[str]) -> None:
    request = asked(name, *words)
    assert isinstance(request, ShiftRequest)
    assert dict(request.traffic or {}) == {"blue": 50, "green": 50}
    assert not request.dry_run
    assert request.mirror is None


def test_a_mirror_and_a_time_limit_are_passed_on(asked: Asked) -> None:
    request = asked("traffic", "--mirror", "green=10", "--timeout", "2m", "--dry-run")
    assert dict(request.mirror) == {"green": 10}
    assert request.timeout_s == 120
    assert request.dry_run
    assert request.traffic is None


@pytest.mark.parametrize(
    ("words", "next_line"),
    [
        (["blue=50", "green=40"], "Next: retailctl traffic blue=56 green=44"),
        (["blue=0", "green=0"], "--yes"),
        (["blue"], "slot=per cent"),
    ],
)
def test_a_wrong_split_is_refused_with_a_right_line_before_anything_is_opened(
    run: Run, words: list[str], next_line: str
) -> None:
    ended = run("traffic", *words, kind=Recording)
    assert ended.code == 6
    assert next_line in ended.stderr
    assert ended.stdout == ""
    assert isinstance(ended.runtime, Recording)
    assert ended.runtime.asked == []


def test_zeros_are_taken_with_yes(asked: Asked) -> None:
    assert asked("traffic", "blue=0", "green=0", "--yes").allow_zero


def test_traffic_without_a_split_is_a_usage_error(run: Run) -> None:
    ended = run("traffic")
    assert ended.code == 2
    assert "Usage: retailctl traffic" in ended.stderr


def test_rollback_asks_for_nothing_but_how(asked: Asked) -> None:
    assert asked("rollback", "--dry-run") == RollbackRequest(dry_run=True)
