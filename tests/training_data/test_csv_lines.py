"""Leaping over the blocks of a CSV file finds the same records and lines as reading it from the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.data import csv_lines
from training.data.csv_lines import estimated_records, records

LINES = st.lists(
    st.sampled_from(
        ["a,b", "", "long field,with more", '"quoted",b', '"say ""x""",b', 'stray " sign,b', '"two\nlines",b']
    )
)


@pytest.mark.parametrize("block", [1, 16, 1 << 20])
@given(lines=LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), last=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_skipping_equals_reading_from_the_start(
    lines: list[str], end: str, last: bool, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((end.join(lines) + (end if last else "")).encode())
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", block)
    every = list(records(path))

    assert [list(records(path, skip)) for skip in range(len(every) + 1)] == [
        every[skip:] for skip in range(len(every) + 1)
    ]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfx,y\n1,2\n")

    assert next(records(tmp_path / "a.csv")).fields == ["x", "y"]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"good\ncaf\xe9\n")

    assert [record.is_utf8 for record in records(tmp_path / "a.csv")] == [True, False]


def test_rows_are_estimated_from_the_first_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "SAMPLE_BYTES", 100)
    (tmp_path / "a.csv").write_text("123456789\n" * 5000)

    assert estimated_records(tmp_path / "a.csv") == 5000
