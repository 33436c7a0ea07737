"""The rules of a traffic split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailctl.domain.traffic import Traffic, check_mirror, check_sum, corrected
from retailctl.errors import InvalidInput, RetailctlError

SHARES = st.dictionaries(st.sampled_from(["blue", "green", "canary"]), st.integers(0, 100), min_size=1)


@pytest.mark.parametrize(
    "words",
    [
        ["blue=50", "green=50"],
        ["blue=50,green=50"],
        ["blue=50 green=50"],
        ["blue=50,", "green=50%"],
        ["Blue=50 green=50"],
    ],
)
def test_every_way_of_typing_a_split_reads_the_same(words: list[str]) -> None:
    assert Traffic.parse(words) == {"blue": 50, "green": 50}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no split"),
        (["blue"], "not a share"),
        (["blue=ten"], "not a share"),
        (["blue=-5"], "not a share"),
        (["blue=5.5"], "not a share"),
        (["blue=\u0665"], "not a share"),
        (["blue=101"], "out of bounds"),
        (["blue=9999999999999999999"], "out of bounds"),
        (["blue=50", "blue=50"], "named twice"),
        (["=50"], "cannot name"),
        (["b=100"], "cannot name"),
    ],
)
def test_a_malformed_split_is_named(words: list[str], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Traffic.parse(words)


@given(SHARES)
def test_a_split_survives_being_written_and_read(shares: dict[str, int]) -> None:
    assert dict(Traffic.parse([Traffic(shares).text()])) == shares


def test_a_slot_left_out_is_a_slot_at_zero() -> None:
    assert Traffic({"blue": 100}) == Traffic({"blue": 100, "green": 0})
    assert hash(Traffic({"blue": 100})) == hash(Traffic({"blue": 100, "green": 0}))


@given(SHARES, SHARES)
def test_the_corrected_line_is_always_a_valid_split(shares: dict[str, int], present: dict[str, int]) -> None:
    traffic = Traffic(shares)
    if traffic.total:
        check_sum(corrected(traffic, present), present, allow_zero=False)


@pytest.mark.parametrize(
    ("asked", "present", "line"),
    [
        ({"green": 20}, {"blue": 100}, "blue=80 green=20"),
        ({"blue": 60}, {}, "blue=60 green=40"),
        ({"blue": 50, "green": 40}, {"blue": 100}, "blue=56 green=44"),
        ({"blue": 90, "green": 90}, {"blue": 100}, "blue=50 green=50"),
        ({"canary": 10}, {"green": 100}, "canary=10 green=90"),
    ],
)
def test_a_wrong_sum_is_refused_with_the_corrected_line(
    asked: dict[str, int], present: dict[str, int], line: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_sum(Traffic(asked), present, allow_zero=True)
    assert caught.value.hint == f"retailctl traffic {line}"


def test_all_zeros_want_a_yes() -> None:
    zeros = Traffic({"blue": 0, "green": 0})
    check_sum(zeros, {}, allow_zero=True)
    with pytest.raises(InvalidInput, match="no request") as caught:
        check_sum(zeros, {}, allow_zero=False)
    assert "--yes" in caught.value.hint


@pytest.mark.parametrize(
    ("mirror", "traffic"),
    [({"green": 51}, {"blue": 100}), ({"blue": 10, "green": 10}, {}), ({"green": 10}, {"blue": 50, "green": 50})],
)
def test_a_mirror_that_azure_refuses_is_refused_here(mirror: dict[str, int], traffic: dict[str, int]) -> None:
    with pytest.raises(RetailctlError):
        check_mirror(Traffic(mirror), traffic)


@pytest.mark.parametrize(
    ("traffic", "line"),
    [
        ({"blue": 90, "green": 10}, "retailctl traffic blue=100 --mirror green=5"),
        ({"green": 100}, "retailctl traffic blue=100 --mirror green=5"),
    ],
)
def test_a_mirror_to_a_slot_that_takes_traffic_is_answered_with_the_line_that_frees_it(
    traffic: dict[str, int], line: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_mirror(Traffic({"green": 5}), traffic)
    assert caught.value.hint == line


def test_a_mirror_within_bounds_passes() -> None:
    check_mirror(Traffic({"green": 50}), {"blue": 100, "green": 0})
