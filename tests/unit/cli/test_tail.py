"""The end of a file, and what is appended to it, each line once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from retailctl.cli.tail import follow_file, last_lines
from retailctl.errors import NotFound


class Writing:
    """A clock with which something happens to the file at each sleep."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = iter(steps)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        next(self._steps)()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "server.log"
    file.write_text("one\ntwo\nthree\n")
    return file


def append(file: Path, text: str) -> Callable[[], object]:
    def write() -> None:
        with file.open("a") as stream:
            stream.write(text)

    return write


@pytest.mark.parametrize(("count", "lines"), [(0, []), (2, ["two", "three"]), (9, ["one", "two", "three"])])
def test_the_last_lines(file: Path, count: int, lines: list[str]) -> None:
    assert last_lines(file, count) == lines


def test_a_log_that_never_was_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        last_lines(tmp_path / "server.log", 5)
    assert missing.value.hint == "retailctl local start"


def test_appended_lines_come_whole_and_once(file: Path) -> None:
    clock = Writing(append(file, "four\nfi"), append(file, "ve\n"), append(file, "six\n"))
    assert list(islice(follow_file(file, clock, 1.0), 3)) == ["four", "five", "six"]


def test_a_file_begun_anew_is_read_from_its_beginning(file: Path) -> None:
    clock = Writing(append(file, "four\n"), lambda: file.write_text("anew\n"))
    assert list(islice(follow_file(file, clock, 1.0), 2)) == ["four", "anew"]


def test_a_file_that_goes_away_is_waited_for(file: Path) -> None:
    clock = Writing(file.unlink, lambda: file.write_text("back\n"))
    assert list(islice(follow_file(file, clock, 1.0), 1)) == ["back"]
