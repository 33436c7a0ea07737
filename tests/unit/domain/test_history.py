"""What is recorded before a change brings the same split back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailctl.domain import tags
from retailctl.domain.history import Split, changed_at, previous, record
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
BLUE_SHARE = st.integers(0, 100)


@given(st.lists(BLUE_SHARE, min_size=2, max_size=10), st.dictionaries(st.text(min_size=1), st.text()))
def test_the_split_before_the_last_change_comes_back(shares: list[int], foreign: dict[str, str]) -> None:
    kept = {key: value for key, value in foreign.items() if not key.startswith(tags.PREFIX)}
    written = dict(kept)
    for share in shares[:-1]:
        written = record(written, Split(Traffic({"blue": share, "green": 100 - share})), NOW)
    assert previous(written) == Split(Traffic({"blue": shares[-2], "green": 100 - shares[-2]}))
    assert kept.items() <= written.items()


def test_mirror_and_moment_are_recorded_as_well() -> None:
    written = record({}, Split(Traffic({"blue": 100}), Traffic({"green": 10})), NOW)
    assert previous(written) == Split(Traffic({"blue": 100}), Traffic({"green": 10}))
    assert changed_at(written) == NOW
    assert changed_at({**written, tags.TRAFFIC_CHANGED_AT: "yesterday"}) is None
    assert changed_at({}) is None


@pytest.mark.parametrize("written", [{}, record({}, Split(Traffic()), NOW)])
def test_there_is_nothing_to_go_back_to_before_the_first_split(written: dict[str, str]) -> None:
    assert previous(written) is None


def test_a_tag_that_somebody_spoilt_is_named() -> None:
    with pytest.raises(InvalidInput, match="previous_traffic"):
        previous({tags.PREVIOUS_TRAFFIC: "half and half"})
