"""The split, as arithmetic."""

from collections import Counter
from math import gcd
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from retailctl.emulator.router.splitter import Splitter

WEIGHTS = st.dictionaries(st.sampled_from(["blue", "green", "red", "grey"]), st.integers(0, 100), min_size=1)


@given(WEIGHTS, st.integers(), st.integers(1, 5))
def test_every_block_holds_each_slot_as_often_as_its_weight_says(
    weights: dict[str, int], seed: int, blocks: int
) -> None:
    splitter = Splitter(weights, Random(seed))
    total = sum(weights.values())
    if not total:
        assert splitter.choose() is None
        return
    factor = gcd(*weights.values())
    dealt = Counter(splitter.choose() for _ in range(blocks * total // factor))
    assert dealt == {name: blocks * weight // factor for name, weight in weights.items() if weight}


@given(st.integers(0, 100), st.integers())
def test_two_thousand_requests_are_within_one_percent(blue: int, seed: int) -> None:
    splitter = Splitter({"blue": blue, "green": 100 - blue}, Random(seed))
    dealt = Counter(splitter.choose() for _ in range(2000))
    assert abs(dealt["blue"] / 2000 - blue / 100) < 0.01


def test_the_order_differs_from_block_to_block() -> None:
    """A caller that alternates between two kinds of request must not send each kind to one slot."""
    splitter = Splitter({"blue": 50, "green": 50}, Random(1))
    even = Counter([splitter.choose() for _ in range(2000)][::2])
    assert 400 < even["blue"] < 600


def test_without_weights_there_is_no_choice() -> None:
    assert Splitter({}, Random()).choose() is None
    assert Splitter({"blue": 0}, Random()).choose() is None
