"""``retailctl local pace|step|faults|chaos`` on a running local Azure ML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from retailctl.cli.commands import local_behaviour
from retailctl.emulator import LocalWorkspace
from retailctl.emulator.services.chaos import CHAOS_KINDS
from retailctl.emulator.services.pace import PaceName
from tests.unit.cli.conftest import Ended, Run

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def server() -> Iterator[LocalWorkspace]:
    with LocalWorkspace() as running:
        yield running


@pytest.fixture
def local(run: Run, server: LocalWorkspace) -> Iterator[Callable[..., Ended]]:
    """A ``retailctl local`` line against the server."""

    def line(*arguments: str) -> Ended:
        return run("local", *arguments, environ={"RETAILCTL_STATE": str(server.state)})

    yield line
    for arguments in (("pace", "immediate"), ("faults", "clear"), ("chaos", "--off")):
        assert line(*arguments).code == 0


def told(ended: Ended) -> Any:
    assert ended.code == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_words_of_the_command_line_are_those_of_the_server() -> None:
    assert local_behaviour.CHAOS_KINDS == CHAOS_KINDS
    assert set(local_behaviour.PACES) == set(get_args(PaceName))


def test_transitions_are_timed_singly_and_what_was_set_stays(local: Callable[..., Ended]) -> None:
    assert told(local("pace", "--set", "deployment.write=5", "-o", "json"))["transitions"]["deployment.write"] == 5
    found = told(local("pace", "--set", "job.queue=2", "-o", "json"))
    assert (found["pace"], found["transitions"]["deployment.write"], found["transitions"]["job.queue"]) == (
        "timed",
        5,
        2,
    )
    assert told(local("pace", "timed", "--set", "job.queue=1", "-o", "json"))["transitions"]["deployment.write"] == 0
    assert "by hand" in local("pace", "manual").stdout


@pytest.mark.parametrize("line", ["pace hurried", "pace --set job.fly=1", "pace --set job.queue=-1"])
def test_the_server_s_refusal_of_a_pace_is_shown(local: Callable[..., Ended], line: str) -> None:
    ended = local(*line.split())
    assert ended.code == 6
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "line",
    [
        "pace manual --set a=1",
        "pace --set a",
        "faults explode",
        "faults add x",
        "faults clear a b",
        "chaos --off --seed 1",
    ],
)
def test_a_line_without_meaning_is_a_usage_error(local: Callable[..., Ended], line: str) -> None:
    assert local(*line.split()).code == 2


def test_faults_are_added_listed_and_cleared(local: Callable[..., Ended]) -> None:
    line = "kind=status status=429 retry_after_s=2 operation=Jobs_List count=3"
    made = told(local("faults", "add", *line.split(), "-o", "json"))[0]
    assert (made["status"], made["left"], made["operation"]) == (429, 3, "Jobs_List")
    assert made["id"] in local("faults").stdout
    assert local("faults", "clear", "ghost").code == 3
    assert told(local("faults", "clear", made["id"], "-o", "json")) == []
    assert local("faults").stdout == "No fault is in force.\n"


def test_a_fault_of_scoring_requests_names_its_endpoint_and_slot(local: Callable[..., Ended]) -> None:
    line = "kind=status status=424 endpoint=shop slot=green count=null probability=0.2"
    (made,) = told(local("faults", "add", *line.split(), "-o", "json"))
    assert (made["endpoint"], made["slot"], made["left"]) == ("shop", "green", None)
    assert "slot=green" in local("faults").stdout
    assert "slot needs an endpoint" in local("faults", "add", "kind=drop", "slot=green").stderr


def test_chaos_is_begun_shown_and_ended(local: Callable[..., Ended]) -> None:
    assert told(local("chaos", "-o", "json")) == {"on": False}
    found = told(local("chaos", "--seed", "7", "--rate", "0.2", "--kinds", "delay,throttle", "-o", "json"))
    assert (found["seed"], found["rate"], found["kinds"]) == (7, 0.2, ["delay", "throttle"])
    assert "none yet" in local("chaos").stdout
    assert told(local("chaos", "--off", "-o", "json")) == {"on": False}
    assert local("chaos", "--kinds", "locusts").code == 6


def test_nothing_waits_where_nothing_is_under_way(local: Callable[..., Ended]) -> None:
    assert local("step", "--dry-run").stdout == "Nothing waits.\n"
    assert told(local("step", "-o", "json")) == []
    assert local("step", "job.queue").code == 3


def test_without_a_server_the_command_that_starts_one_is_named(run: Run) -> None:
    ended = run("local", "pace")
    assert ended.code == 7
    assert "retailctl local start" in ended.stderr
