"""A candidate against the champion: two real trainings compared, and registered as the verdict allows."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.acceptance.conftest import Shell

pytestmark = pytest.mark.acceptance

EXIT_CODES = {"promoted": 0, "rejected": 9, "inconclusive": 11}


@pytest.fixture(scope="module")
def jobs(shell: Shell) -> tuple[str, str]:
    """Two trainings on the same data; the second looks one window further back."""
    data = ("--data", "data")
    shell.run("data", "sample", "--out", "data", "--stores", "2", "--items", "3", "--days", "260")
    first = shell.json("train", *data, "--set", "backtest_origins=3")
    second = shell.json("train", *data, "--set", "backtest_origins=4", "--set", "seed=1")
    return first["job"], second["job"]


def compared(shell: Shell, candidate: str, champion: str) -> Any:
    """The comparison; its exit code must be the verdict's."""
    ended = shell.run("job", "compare", candidate, champion, "-o", "json", code=None)
    found = ended.json()["comparison"]
    assert ended.code == EXIT_CODES[found["verdict"]], ended.stderr
    return found


def test_two_trainings_are_compared_on_the_windows_of_both(shell: Shell, jobs: tuple[str, str]) -> None:
    found = compared(shell, jobs[1], jobs[0])
    assert (found["measure"], found["days"], found["test"]["windows"]) == ("wrmsse", 28, 3)
    assert [each["cause"] for each in found["left_out"]] == ["one-sided"]
    assert found["left_out"][0]["origin"] < found["windows"][0]["origin"]
    ratios = [each["candidate"]["wrmsse"] / each["champion"]["wrmsse"] for each in found["windows"]]
    assert found["test"]["difference"] == pytest.approx(math.prod(ratios) ** (1 / 3) - 1)
    assert {each["subject"] for each in found["guards"]} == {"all", "north_1", "south_1"}


def test_a_candidate_is_registered_as_its_verdict_allows(shell: Shell, jobs: tuple[str, str]) -> None:
    assert shell.json("register", "--job", jobs[0])["model"] == "retail-forecast:1"
    line = ("register", "--job", jobs[1], "--champion", "1")
    tried = shell.run(*line, "-o", "json", code=None)
    verdict = "promoted" if tried.code == 0 else tried.error()["details"]["verdict"]
    assert tried.code == EXIT_CODES[verdict]
    assert len(shell.json("model", "list")) == (2 if verdict == "promoted" else 1)

    assert shell.json(*line, "--force")["model"] == "retail-forecast:2"
    assert shell.run("job", "compare", "2", "live", "-o", "json", code=5).error()["code"] == "wrong-state"
    tags = shell.json("model", "show", "retail-forecast:2")["tags"]
    assert (tags["retailctl.champion"], tags["retailctl.verdict"]) == ("retail-forecast:1", verdict)
    assert compared(shell, "2", "retail-forecast:1")["verdict"] == verdict
