"""Partitions of series: the right levels, the right sums, whatever the series are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.hierarchy import LEVELS, Groups, Hierarchy

COLUMNS = ("store_id", "item_id", "dept_id", "cat_id", "state_id")


def retailer(stores: int, items: int) -> dict[str, list[str]]:
    """Stores in two states, items in departments of three and categories of six."""
    pairs = [(store, item) for store in range(stores) for item in range(items)]
    return {
        "store_id": [f"s{store}" for store, _ in pairs],
        "item_id": [f"i{item}" for _, item in pairs],
        "dept_id": [f"d{item // 3}" for _, item in pairs],
        "cat_id": [f"c{item // 6}" for _, item in pairs],
        "state_id": ["north" if store % 2 else "south" for store, _ in pairs],
    }


def test_the_levels_are_the_twelve_of_the_competition() -> None:
    hierarchy = Hierarchy(retailer(3, 12))
    assert hierarchy.levels == tuple(LEVELS)
    sizes = [hierarchy.level(level).size for level in LEVELS]
    assert sizes == [1, 2, 3, 2, 4, 4, 8, 6, 12, 12, 24, 36]


@pytest.mark.parametrize("column", ["dept_id", "cat_id", "state_id"])
def test_a_level_is_left_out_when_the_data_lacks_its_column(column: str) -> None:
    columns = retailer(2, 4)
    columns[column] = [""] * 8
    expected = tuple(level for level, names in LEVELS.items() if column not in names)
    assert Hierarchy(columns).levels == expected


def test_a_value_that_some_series_lack_is_a_group_of_its_own() -> None:
    columns = retailer(2, 4) | {"cat_id": ["", "tea", "", "tea"] * 2}
    hierarchy = Hierarchy(columns)
    assert hierarchy.values("cat_id") == ["", "tea"]
    np.testing.assert_array_equal(hierarchy.level("category").codes, [0, 1] * 4)


def test_equal_partitions_are_one_object() -> None:
    hierarchy = Hierarchy(retailer(1, 4))
    assert hierarchy.level("item") is hierarchy.level("item_store")
    assert hierarchy.level("state_department") is hierarchy.level("department")
    assert hierarchy.level("total") is hierarchy.level("store")


def test_a_partition_lies_within_a_finer_one_only() -> None:
    hierarchy = Hierarchy(retailer(3, 6))
    item, store, finest = (hierarchy.level(level) for level in ("item", "store", "item_store"))
    np.testing.assert_array_equal(store.within(finest), store.codes)
    assert store.within(item) is None
    assert item.within(store) is None
    np.testing.assert_array_equal(hierarchy.level("category").within(hierarchy.level("department")), [0, 0])


@settings(max_examples=50, deadline=None)
@given(data=st.data(), n=st.integers(1, 30), days=st.integers(1, 4))
def test_sums_are_those_of_the_members_and_add_up_at_each_level(data: st.DataObject, n: int, days: int) -> None:
    words = st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=n, max_size=n)
    columns = {name: data.draw(words) for name in COLUMNS} | {"item_id": [f"i{row}" for row in range(n)]}
    columns["store_id"] = [value or "x" for value in columns["store_id"]]
    values = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n * days, max_size=n * days)))
    values = values.reshape(days, n).astype(np.float32)
    hierarchy = Hierarchy(columns)
    for level in hierarchy.levels:
        groups = hierarchy.level(level)
        keys = list(zip(*(columns[name] for name in LEVELS[level]), strict=True)) or [()] * n
        sums = groups.sums(values)
        assert sums.shape == (days, len(set(keys)))
        np.testing.assert_array_equal(sums.sum(axis=1), values.sum(axis=1))
        for group, first in enumerate(groups.first):
            members = [row for row in range(n) if keys[row] == keys[first]]
            np.testing.assert_array_equal(sums[:, group], values[:, members].sum(axis=1))


def test_groups_are_numbered_by_first_appearance() -> None:
    groups = Groups.of(np.array([7, 3, 7, 9, 3]))
    np.testing.assert_array_equal(groups.codes, [0, 1, 0, 2, 1])
    np.testing.assert_array_equal(groups.first, [0, 1, 3])
