"""The lines of a CSV file, for messages: which line a row is on, and what is in it.

A file of gigabytes is leapt over in blocks, because Python's own reader takes minutes for it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

BLOCK_BYTES = 16 * 1024 * 1024
SAMPLE_BYTES = 1024 * 1024
LONGEST_LINE = 1024 * 1024
NEWLINE, RETURN, QUOTE = (ord(sign) for sign in '\n\r"')


@dataclass(frozen=True, slots=True)
class Record:
    """One row's fields and the line it ends on, counted from 1. Bytes that are no UTF-8 are lone surrogates."""

    line: int
    fields: list[str]

    @property
    def is_utf8(self) -> bool:
        try:
            "".join(self.fields).encode()
        except UnicodeEncodeError:
            return False
        return True


def records(path: Path, skip: int = 0) -> Iterator[Record]:
    """The records (the header is the first) after ``skip`` of them; blank lines are none. Raises OSError, csv.Error."""
    with path.open("rb") as file:
        lines, left = _leap(file, skip)
        encoding = "utf-8" if file.tell() else "utf-8-sig"
        with io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="") as text:
            reader = csv.reader(text)
            filled = (fields for fields in reader if fields)
            for position, fields in enumerate(filled):
                if position >= left:
                    yield Record(lines + reader.line_num, fields)


def estimated_records(path: Path) -> int:
    """How many lines a file has, from the lengths of its first ones."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    return path.stat().st_size * sample.count(b"\n") // max(len(sample), 1)


def _leap(file: BinaryIO, skip: int) -> tuple[int, int]:
    """Moves ``file`` towards record number ``skip``; returns the lines passed and the records still to skip."""
    lines = 0
    while skip > 0:
        start = file.tell()
        block = file.read(BLOCK_BYTES)
        block += file.readline(LONGEST_LINE)
        counted = _count(block)
        if counted is None or counted[1] > skip:
            file.seek(start)
            break
        lines, skip = lines + counted[0], skip - counted[1]
    return lines, skip


def _count(block: bytes) -> tuple[int, int] | None:
    """Lines and records of a block of whole lines; None where one cannot be sure without reading it as CSV."""
    signs = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(signs == NEWLINE)
    if not ends.size or signs[-1] != NEWLINE or block.count(b"\r") != block.count(b"\r\n"):
        return None
    if QUOTE in block and (np.searchsorted(np.flatnonzero(signs == QUOTE), ends) % 2).any():
        return None  # a line break may be inside quotes
    lengths = np.diff(ends, prepend=-1)
    blank = (lengths == 1) | ((lengths == 2) & (signs[ends - 1] == RETURN))
    return len(ends), len(ends) - int(np.count_nonzero(blank))
