"""Looking again and again: a redrawn screen on a terminal, one result after another elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from retailctl.cli.context import Invocation
from retailctl.cli.options import OutputFlags
from retailctl.cli.runtime import Runtime, Streams
from retailctl.cli.watch import watch_result
from retailctl.domain.clock import Clock
from tests.unit.cli.conftest import Terminal, Text


class Ended(Exception):
    """The end of a watch that has none."""


class ThreeLooks:
    """A clock that ends the watch at the third pause."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == 3:
            raise Ended


class Watching(Runtime):
    def clock(self) -> Clock:
        return CLOCK[0]


CLOCK: list[ThreeLooks] = []


def watched(terminal: bool, **flags: object) -> str:
    CLOCK[:] = [ThreeLooks()]
    stream = Terminal if terminal else Text
    streams = Streams(stream(), stream(), stream())
    cli = Invocation(Watching(environ={}, streams=lambda: streams), OutputFlags(**flags), {})  # type: ignore[arg-type]
    looks: Iterator[int] = iter(range(9))
    with pytest.raises(Ended):
        watch_result(
            cli, lambda _tools, _request: {"look": next(looks)}, None, lambda seen: [str(seen)], interval_s=2.0
        )
    assert CLOCK[0].pauses == [2.0, 2.0, 2.0]
    assert isinstance(streams.stdout, Text)
    return streams.stdout.getvalue()


def test_a_terminal_is_redrawn_from_its_top() -> None:
    shown = watched(terminal=True, no_color=True)
    assert shown.count("\x1b[H") == 3
    assert "every 2s; Ctrl-C ends it" in shown


def test_off_a_terminal_results_follow_each_other() -> None:
    shown = watched(terminal=False)
    assert shown.splitlines() == ["{'look': 0}", "{'look': 1}", "{'look': 2}"]


def test_in_json_each_look_is_a_line() -> None:
    assert [json.loads(line) for line in watched(terminal=False, output="json").splitlines()] == [
        {"look": 0},
        {"look": 1},
        {"look": 2},
    ]
