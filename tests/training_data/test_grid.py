"""A matrix that grows in place holds what a copied one would."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.grid import Grid

BLANK = np.float32(-1)


@given(st.permutations(range(7)))
@settings(deadline=None)
def test_reorder_is_taking_rows(order: list[int]) -> None:
    grid, expected = filled(7, 3)

    grid.reorder(np.array(order))

    np.testing.assert_array_equal(grid.matrix, expected[order])


def test_new_rows_and_columns_are_blank() -> None:
    grid, expected = filled(2, 3)

    grid.add_rows(3)
    grid.widen(1, 5)

    assert grid.matrix.shape == (3, 5)
    np.testing.assert_array_equal(grid.matrix[:2, 1:4], expected)
    assert (grid.matrix[2] == BLANK).all()
    assert (grid.matrix[:, [0, 4]] == BLANK).all()


def test_crop_keeps_a_range_of_columns() -> None:
    grid, expected = filled(4, 6)

    grid.crop(2, 3)

    np.testing.assert_array_equal(grid.matrix, expected[:, 2:5])


def filled(rows: int, width: int) -> tuple[Grid[np.float32], np.ndarray]:
    grid = Grid(BLANK)
    grid.widen(0, width)
    grid.add_rows(rows)
    values = np.arange(rows * width, dtype=np.float32)
    grid.flat[:] = values
    return grid, values.reshape(rows, width)
