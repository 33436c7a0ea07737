"""Compact matrices hold what was put in, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from training.artifact.compact import Compact


@pytest.mark.parametrize(
    ("distinct", "dtype"),
    [(1, np.uint8), (256, np.uint8), (257, np.uint16), (65_536, np.uint16), (65_537, np.float32)],
)
def test_codes_take_as_few_bits_as_number_the_values(distinct: int, dtype: type) -> None:
    matrix = np.arange(distinct, dtype=np.float32)[:, None]
    compact = Compact.of(matrix)
    assert compact.codes.dtype == dtype
    np.testing.assert_array_equal(compact[...], matrix)


def test_every_bit_returns() -> None:
    special = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-45, 0.1], np.float32)
    matrix = np.random.default_rng(0).choice(special, (3, 5, 7))
    compact = Compact.of(matrix)
    np.testing.assert_array_equal(compact[...].view(np.int32), matrix.view(np.int32))
    rows = np.array([4, 0, 4])
    np.testing.assert_array_equal(compact[1, rows, 2:].view(np.int32), matrix[1, rows, 2:].view(np.int32))


@pytest.mark.parametrize("shape", [(4, 0), (0, 4, 3), (0, 3)])
def test_nothing_is_kept_as_nothing(shape: tuple[int, ...]) -> None:
    compact = Compact.of(np.empty(shape, np.float32))
    assert compact.shape == compact[...].shape == shape


def test_a_view_of_a_larger_matrix_is_copied_as_it_looks() -> None:
    matrix = np.arange(24, dtype=np.float32).reshape(4, 6)[::2, 1:4]
    np.testing.assert_array_equal(Compact.of(matrix)[...], matrix)
