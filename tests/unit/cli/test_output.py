"""One result in every form, side by side; what goes to stdout and what does not."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import typer

from retailctl.cli.options import OutputFlags
from retailctl.cli.output import NobodyToAsk, Output
from retailctl.cli.runtime import Streams
from retailctl.cli.table import Block, Table
from retailctl.errors import Declined, InvalidInput
from tests.unit.cli.conftest import Terminal


@dataclass(frozen=True)
class Thing:
    name: str
    version: int
    made: datetime
    tags: dict[str, str]


THINGS = [
    Thing("forecast", 1, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), {}),
    Thing("a-name-much-longer-than-the-other", 12, datetime(2026, 2, 3, tzinfo=UTC), {"job": "brisk_fox"}),
]


def view(things: list[Thing]) -> Iterable[Block]:
    yield Table(("NAME", "VERSION", "MADE"), [(each.name, each.version, each.made) for each in things])


def made(terminal: bool = False, answer: str = "", environ: dict[str, str] | None = None, **flags: object) -> Output:
    kind = Terminal if terminal else io.StringIO
    streams = Streams(kind(answer), kind(), kind())
    return Output(OutputFlags(**flags), streams, environ or {})  # type: ignore[arg-type]


def stdout(out: Output) -> str:
    assert isinstance(out.streams.stdout, io.StringIO)
    return out.streams.stdout.getvalue()


def stderr(out: Output) -> str:
    assert isinstance(out.streams.stderr, io.StringIO)
    return out.streams.stderr.getvalue()


@pytest.mark.parametrize(
    ("flags", "written"),
    [
        ({}, "blue | one\nblue | two\n"),
        ({"output": "name"}, "blue | one\nblue | two\n"),
        ({"output": "none"}, ""),
        ({"output": "json"}, '{"slot": "blue", "line": "one"}\n{"slot": "blue", "line": "two"}\n'),
        ({"output": "yaml"}, "- slot: blue\n  line: one\n- slot: blue\n  line: two\n"),
        ({"output": "json", "query": "line"}, '"one"\n"two"\n'),
        ({"query": "line"}, "one\ntwo\n"),
    ],
)
def test_lines_of_a_log_in_every_form(flags: dict[str, str], written: str) -> None:
    out = made(**flags)
    out.lines(["one", "two"], prefix="blue | ", slot="blue")
    assert stdout(out) == written


def test_what_has_no_name_prints_none() -> None:
    out = made(output="name")
    out.result({"primaryKey": "x"})
    out.result({"planned": True}, name=lambda _: "")
    assert stdout(out) == ""


TABLE = """\
NAME                               VERSION  MADE
forecast                           1        2026-01-02T03:04:05Z
a-name-much-longer-than-the-other  12       2026-02-03T00:00:00Z
"""
JSON = """\
[
  {
    "name": "forecast",
    "version": 1,
    "made": "2026-01-02T03:04:05+00:00",
    "tags": {}
  },
  {
    "name": "a-name-much-longer-than-the-other",
    "version": 12,
    "made": "2026-02-03T00:00:00+00:00",
    "tags": {
      "job": "brisk_fox"
    }
  }
]
"""
YAML = """\
- name: forecast
  version: 1
  made: '2026-01-02T03:04:05+00:00'
  tags: {}
- name: a-name-much-longer-than-the-other
  version: 12
  made: '2026-02-03T00:00:00+00:00'
  tags:
    job: brisk_fox
"""
TSV = """\
forecast\t1\t2026-01-02T03:04:05+00:00\t{}
a-name-much-longer-than-the-other\t12\t2026-02-03T00:00:00+00:00\t{"job": "brisk_fox"}
"""
NAME = "forecast:1\na-name-much-longer-than-the-other:12\n"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("table", TABLE), ("json", JSON), ("yaml", YAML), ("tsv", TSV), ("name", NAME), ("none", "")],
)
def test_the_same_result_in_every_form(mode: str, expected: str) -> None:
    out = made(output=mode)
    out.result(THINGS, view)
    assert stdout(out) == expected
    assert stderr(out) == ""


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("table", "forecast\na-name-much-longer-than-the-other\n"),
        ("json", '[\n  "forecast",\n  "a-name-much-longer-than-the-other"\n]\n'),
        ("tsv", "forecast\na-name-much-longer-than-the-other\n"),
    ],
)
def test_a_query_takes_a_part_in_every_form(mode: str, expected: str) -> None:
    out = made(output=mode, query="[].name")
    out.result(THINGS, view)
    assert stdout(out) == expected


def test_a_query_that_makes_objects_is_drawn_as_a_table() -> None:
    out = made(query="[].{n: name, tags: tags}")
    out.result(THINGS, view)
    assert stdout(out).splitlines()[0].split() == ["N", "TAGS"]


def test_a_wrong_query_is_named() -> None:
    with pytest.raises(InvalidInput, match="is not JMESPath"):
        made(query="[[").result(THINGS, view)


def test_quiet_prints_only_the_name() -> None:
    out = made(quiet=True)
    out.result(THINGS[0], view=None)
    out.say("a remark")
    out.next("retailctl status")
    assert stdout(out) == "forecast:1\n"
    assert stderr(out) == ""


def test_remarks_and_hints_never_reach_stdout() -> None:
    out = made()
    out.say("Starting")
    out.next("retailctl status")
    assert stdout(out) == ""
    assert stderr(out) == "Starting\nNext: retailctl status\n"


@pytest.mark.parametrize("mode", ["json", "yaml", "tsv", "name"])
def test_programs_get_no_hint_of_what_comes_next(mode: str) -> None:
    out = made(output=mode)
    out.next("retailctl status")
    assert stderr(out) == ""


def test_a_long_name_is_cut_on_a_narrow_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    narrow, piped = made(terminal=True, no_color=True), made()
    narrow.result(THINGS, view)
    piped.result(THINGS, view)
    assert "…" in stdout(narrow)
    assert all(len(line) <= 40 for line in stdout(narrow).splitlines())
    assert THINGS[1].name in stdout(piped)


@pytest.mark.parametrize(
    ("environ", "flags", "coloured"),
    [({}, {}, True), ({"NO_COLOR": "1"}, {}, False), ({"TERM": "dumb"}, {}, False), ({}, {"no_color": True}, False)],
)
def test_colours_on_a_terminal_unless_they_are_not_wanted(
    environ: dict[str, str], flags: dict[str, bool], coloured: bool
) -> None:
    out = made(terminal=True, environ=environ, **flags)
    out.result(THINGS, view)
    assert ("\x1b[" in stdout(out)) is coloured


def test_no_colours_off_a_terminal() -> None:
    out = made()
    out.result(THINGS, view)
    out.say("careful", "dim")
    assert "\x1b[" not in stdout(out) + stderr(out)


def test_confirm_off_a_terminal_names_the_option_at_once() -> None:
    with pytest.raises(NobodyToAsk, match="--yes"):
        made().confirm("Delete model forecast:1?", yes=False)


def test_confirm_asks_nothing_with_yes() -> None:
    out = made()
    out.confirm("Delete model forecast:1?", yes=True)
    assert stderr(out) == ""


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_confirm_on_a_terminal_takes_a_yes(answer: str) -> None:
    out = made(terminal=True, answer=answer)
    out.confirm("Delete?", yes=False)
    assert stderr(out) == "Delete? [y/N] "


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "yesterday\n"])
def test_confirm_takes_everything_else_for_a_no(answer: str) -> None:
    with pytest.raises(Declined):
        made(terminal=True, answer=answer).confirm("Delete?", yes=False)


def test_a_reader_that_has_gone_ends_the_command_in_peace() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    out = Output(OutputFlags(), Streams(io.StringIO(), Gone(), io.StringIO()), {})
    with pytest.raises(typer.Exit) as ended:
        out.result(THINGS, view)
    assert ended.value.exit_code == 0
