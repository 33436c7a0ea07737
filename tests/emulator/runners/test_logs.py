"""The end of a log, whatever its length, and across its rotation."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retailctl.emulator.runners.logs import said_since, size_of, tail

_TEXTS = st.text(st.sampled_from("ab\n"), max_size=40)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def _rotated(log: Path) -> Path:
    return log.with_name("server.log.1")


@settings(deadline=None)
@given(_TEXTS, _TEXTS, st.integers(1, 30), st.integers(1, 8))
def test_it_is_the_end_of_both_files_together(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str, lines: int, block: int
) -> None:
    log = tmp_path_factory.mktemp("logs") / "server.log"
    _rotated(log).write_text(before)
    log.write_text(after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retailctl.emulator.runners.logs._BLOCK_BYTES", block)
        found = tail(log, lines)
    assert found == "".join((before + after).splitlines(keepends=True)[-lines:])
    assert tail(log) == before + after


def test_a_few_lines_of_a_long_log_take_little_memory(log: Path) -> None:
    for file in (log, _rotated(log)):
        file.write_bytes(b"a line of the log\n" * 200_000)
    tracemalloc.start()
    try:
        assert tail(log, 3) == "a line of the log\n" * 3
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500_000


def test_what_was_added_is_told_and_no_more(log: Path) -> None:
    assert (size_of(log), said_since(log, 0)) == (0, "")
    log.write_text("before\n")
    size = size_of(log)
    assert said_since(log, size) == ""
    with log.open("a") as stream:
        stream.write("after\n")
    assert said_since(log, size) == "after\n"
    log.write_text("new\n")  # rotated meanwhile
    assert said_since(log, size) == "new\n"


def test_a_log_that_is_not_there_is_empty(log: Path) -> None:
    assert tail(log, 5) == tail(log) == ""
