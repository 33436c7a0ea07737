"""Damages good requests, bytes and values alike, and keeps what made the parser take a step it had not taken before.

The step is a pair of lines run one after the other, as in AFL's edge coverage (https://lcamtuf.coredump.cx/afl/);
watching the few modules that read requests is cheap enough to do it for every input.
"""

from __future__ import annotations

import copy
import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from serving import answer, body, day_rows, entries, fields, request, tabular

WATCHED = frozenset(module.__file__ for module in (answer, body, day_rows, entries, fields, request, tabular))
LONGEST = 20_000
"""Bytes of one input: what more would find is the server's limits, tested elsewhere."""

TOKENS = [
    *(b'"series"', b'"store_id"', b'"item_id"', b'"id"', b'"dept_id"', b'"future"', b'"history"', b'"horizon"'),
    *(b'"quantiles"', b'"unknown"', b'"date"', b'"sales"', b'"price"', b'"promo"', b'"event_name"', b'"event_type"'),
    *(b'"known_payday"', b'"input_data"', b'"columns"', b'"data"', b'"index"', b'"params"', b'"north_1"', b'"south_1"'),
    *(b'"GROCERY_001"', b'"HOUSEHOLD_002"', b'"fallback"', b'"refuse"', b'"Easter"', b'"2024-12-31"', b'"2025-01-15"'),
    *(b'"0001-01-01"', b'"9999-12-31"', b'"2025-02-30"', b"null", b"true", b"false", b"NaN", b"Infinity", b"-0.0"),
    *(b"0", b"1", b"28", b"29", b"-1", b"0.5", b"1e308", b"1e999", b"5e-324", b"9223372036854775808", b"28.0"),
    *(b"18446744073709551616", b"1" * 400, b"{}", b"[]", b"[[]]", b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\"),
    *(b"\\u0000", b"\\ud800", b"\xff", b"\xef\xbb\xbf", b"\x00", b" ", b'""', b'"\xf0\x9f\x9b\x92"', b"[" * 1100),
]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 28, 29, 28.0, 0.5, 0.1, 0.999, -0.0, 1e-7, 1e9, 1e10, 1e300, 2**63, -(2**63)),
    *("", "x", "x" * 201, "north_1", "GROCERY_001", "new", "fallback", "Easter", "New Year", "\u0000", "\U0001f6d2"),
    *("2024-12-31", "2025-01-01", "2025-01-27", "2025-01-28", "2023-12-05", "2023-12-04", "2025-12-31", "2026-01-01"),
    *([], {}, [[]], [None], [0.5, 0.5], [{}], {"date": "2024-12-31"}, {"date": "2024-12-31", "sales": 1e9}),
    {"store_id": "north_1", "item_id": "GROCERY_001"},
]


class Steps:
    """The steps that have been taken so far in the watched modules."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int, int]] = set()
        self.new = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Sets ``new`` to whether the block took a step for the first time."""
        self.new = False
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        file = frame.f_code.co_filename
        if file not in WATCHED:
            return None
        last = 0

        def step(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
            nonlocal last
            taken = file, last, frame.f_lineno
            last = frame.f_lineno
            if taken not in self.seen:
                self.seen.add(taken)
                self.new = True
            return step

        return step


class Mutator:
    """Makes inputs out of a growing corpus; the same seed makes the same ones."""

    def __init__(self, corpus: list[Any], seed: int) -> None:
        self.corpus = [json.dumps(value).encode() for value in corpus]
        self._random = random.Random(seed)

    def next(self) -> bytes:
        """An input of the corpus, damaged one to four times: mostly its values, for bytes soon make no JSON."""
        chosen = self._random.choice(self.corpus)
        for _ in range(self._random.choice((1, 1, 1, 2, 2, 3, 4))):
            chosen = self._value(chosen) if self._random.random() < 0.85 else self._bytes(chosen)
        return chosen[:LONGEST]

    def _value(self, text: bytes) -> bytes:
        """One JSON value replaced, added, moved or taken away; bytes are damaged where there is no JSON left."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._bytes(text)
        found = list(places(value))
        if not found:
            return json.dumps(self._random.choice(VALUES)).encode()
        container, key = self._random.choice(found)
        action = self._random.choice(["replace", "replace", "copy", "add", "remove", "repeat"])
        if action == "replace":
            container[key] = copy.deepcopy(self._random.choice(VALUES))
        elif action == "copy":
            other, place = self._random.choice(found)
            container[key] = copy.deepcopy(other[place])
        elif action == "remove":
            del container[key]
        elif isinstance(container, dict):
            container[json.loads(self._random.choice(TOKENS[:26]))] = copy.deepcopy(self._random.choice(VALUES))
        else:
            container.append(copy.deepcopy(container[key]))
        return json.dumps(value).encode()

    def _bytes(self, text: bytes) -> bytes:
        start, end = sorted(self._random.randrange(len(text) + 1) for _ in range(2))
        token = self._random.choice(TOKENS)
        other = self._random.choice(self.corpus)
        cut = self._random.randrange(len(other) + 1)
        return self._random.choice(
            [
                text[:start] + token + text[start:],
                text[:start] + token + text[end:],
                text[:start] + text[end:],
                text[:end] + text[start:],
                text[:start] + other[cut:],
                text[:start] + bytes([self._random.randrange(256)]) + text[start + 1 :],
            ]
        )


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index) in a JSON value."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])
