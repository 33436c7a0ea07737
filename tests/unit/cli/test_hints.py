"""Hints are lines to type: they work on what the line before them worked on."""

from __future__ import annotations

import pytest

from retailctl.cli.hints import Hints
from tests.unit.cli.conftest import Run

PROD = {"profile": "prod", "endpoint_name": "shop eu", "data": "sales", "subscription_id": None}


@pytest.mark.parametrize(
    ("hint", "completed"),
    [
        ("retailctl status", "retailctl status --profile prod --endpoint 'shop eu'"),
        ("retailctl invoke", "retailctl invoke --profile prod --endpoint 'shop eu'"),
        ("retailctl job logs NAME", "retailctl job logs --profile prod NAME"),
        (
            "retailctl deploy --slot blue, then retailctl train",
            "retailctl deploy --profile prod --endpoint 'shop eu' --slot blue, "
            "then retailctl train --profile prod --endpoint 'shop eu' --data sales",
        ),
        ("retailctl traffic --endpoint other blue=100", "retailctl traffic --profile prod --endpoint other blue=100"),
        ("retailctl local start", "retailctl local start"),
        ("retailctl records the split", "retailctl records the split"),
        ("az login", "az login"),
    ],
)
def test_a_command_gets_the_flags_of_the_line_that_it_takes(hint: str, completed: str) -> None:
    assert Hints([], lambda: PROD)(hint) == completed


@pytest.mark.parametrize(
    ("hint", "line"),
    [
        ("the same line with --yes", "retailctl endpoint delete --profile prdo 'my endpoint' --yes"),
        ("the same line with --profile prod", "retailctl endpoint delete 'my endpoint' --profile prod"),
        (
            "the same line with --data DIR (or not)",
            "retailctl endpoint delete --profile prdo 'my endpoint' --data DIR (or not)",
        ),
    ],
)
def test_the_same_line_is_written_out(hint: str, line: str) -> None:
    hints = Hints(["endpoint", "delete", "--profile", "prdo", "my endpoint"], dict)
    assert hints(hint) == line


def test_the_same_line_has_its_flags_already() -> None:
    hints = Hints(["endpoint", "delete", "shop-eu"], lambda: {"endpoint_name": "shop-eu"})
    assert hints("the same line with --yes") == "retailctl endpoint delete shop-eu --yes"


def test_a_failure_s_hint_is_for_the_same_profile(run: Run) -> None:
    ended = run("traffic", "blue=50", "green=40", "--endpoint", "shop-eu")
    assert ended.stderr.splitlines()[-1] == "Next: retailctl traffic --endpoint shop-eu blue=56 green=44"


def test_a_question_with_nobody_to_answer_it_shows_the_line_with_yes(run: Run) -> None:
    ended = run("local", "reset")
    assert ended.code == 2
    assert ended.stderr.splitlines()[-1] == "Next: retailctl local reset --yes"
