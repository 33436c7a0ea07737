"""Spans are remembered by key or by value, and what is remembered is what their values say."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pytest

from training.artifact.spans import Shared, SpanMemo
from training.features.table import Grain

SPAN, FEATURES, TREES = 28, 3, 64
MOST = 6 * 2**20 // (8 * TREES * SPAN)
"""Spans that are remembered at once."""

RANDOM = np.random.default_rng(0)
WORDS = RANDOM.integers(0, 2**63, (500, TREES)).astype(np.uint64)


def rows_of(spans: int) -> np.ndarray:
    """(features, spans * days) rows of all words."""
    return RANDOM.integers(0, len(WORDS), (FEATURES, spans * SPAN))


def grain_of(spans: int, keys: tuple[Hashable, ...] = ()) -> Grain:
    """Five series of each span, with all its days."""
    series = np.arange(5 * spans) % spans
    return Grain(spans * SPAN, series[:, None] * SPAN + np.arange(SPAN), SPAN, keys)


def filled(source: Shared, series: int) -> np.ndarray:
    out = np.empty((series * SPAN, TREES), np.uint64)
    source.fill(slice(0, series), out, np.empty_like(out))
    return out


def expected(grain: Grain, rows: np.ndarray) -> np.ndarray:
    assert grain.place is not None
    together: np.ndarray = np.bitwise_and.reduce(WORDS[rows], axis=0)[grain.place.ravel()]
    return together


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("spans", [1, 2, MOST, MOST + 1])
def test_the_source_of_spans_has_what_their_values_leave_reachable(spans: int, named: bool) -> None:
    rows = rows_of(spans)
    grain = grain_of(spans, tuple(range(spans)) if named else ())
    source = SpanMemo(WORDS).source_of(grain, rows)
    np.testing.assert_array_equal(filled(source, 5 * spans), expected(grain, rows))


def test_spans_with_keys_are_found_again_without_their_values() -> None:
    memo, rows, grain = SpanMemo(WORDS), rows_of(3), grain_of(3, ("a", "b", "c"))
    assert memo.remembered(grain) is None
    memo.source_of(grain, rows)
    turned = grain_of(2, ("c", "a"))
    found = memo.remembered(turned)
    assert found is not None
    order = np.r_[2 * SPAN : 3 * SPAN, 0:SPAN]
    np.testing.assert_array_equal(filled(found, 10), expected(turned, rows[:, order]))
    assert memo.remembered(grain_of(2, ("a", "d"))) is None


def test_many_requests_for_the_same_spans_forget_none_of_them() -> None:
    memo, rows = SpanMemo(WORDS), rows_of(MOST)
    for first in range(0, MOST, 7):  # each shares most of its spans with the one before
        keys = range(first, min(first + 20, MOST))
        memo.source_of(grain_of(len(keys), tuple(keys)), rows[:, keys.start * SPAN : keys.stop * SPAN])
    assert memo.remembered(grain_of(MOST, tuple(range(MOST)))) is not None


def test_a_source_stays_as_it_is_when_its_spans_are_forgotten() -> None:
    memo, rows, grain = SpanMemo(WORDS), rows_of(2), grain_of(2, ("a", "b"))
    source = memo.source_of(grain, rows)
    memo.source_of(grain_of(MOST, tuple(range(MOST))), rows_of(MOST))
    assert memo.remembered(grain) is None
    np.testing.assert_array_equal(filled(source, 10), expected(grain, rows))
