"""Going back: exactly to the split before the last change, and never to one that would not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retailctl.domain.history import Split
from retailctl.domain.traffic import Traffic
from retailctl.errors import ResourceNotFound, RetailctlError, Stale, WrongState
from retailctl.workflows.rollback import RollbackRequest, rollback
from retailctl.workflows.shift import ShiftRequest, shift
from tests.unit.workflows.fakes import Shop

NAME = "retail-forecast-endpoint"


def current(shop: Shop) -> Split:
    endpoint = shop.world.endpoints[NAME]
    return Split(endpoint.traffic, endpoint.mirror)


def shifted(shop: Shop, line: str) -> None:
    shift(shop.tools, ShiftRequest(Traffic.parse([line]), allow_zero=True))


def refused(shop: Shop) -> RetailctlError:
    before = current(shop)
    with pytest.raises(RetailctlError) as caught:
        rollback(shop.tools, RollbackRequest())
    assert current(shop) == before
    return caught.value


def test_rollback_restores_the_split_and_a_second_one_returns(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    assert rollback(live.tools, RollbackRequest()).after.traffic == {"blue": 100}
    assert current(live).traffic == {"blue": 100}
    rollback(live.tools, RollbackRequest())
    assert current(live).traffic == {"green": 100}


def test_rollback_restores_the_mirror_too(live: Shop) -> None:
    shift(live.tools, ShiftRequest(mirror=Traffic({"green": 10})))
    shifted(live, "blue=0 green=100")
    rollback(live.tools, RollbackRequest())
    assert current(live) == Split(Traffic({"blue": 100}), Traffic({"green": 10}))


def test_a_slot_that_was_deployed_to_since_is_named_with_what_it_has_now(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    later = live.world.clock.now() + timedelta(minutes=1)
    live.world.add_slot("blue", model="retail-forecast:3", changed_at=later)
    change = rollback(live.tools, RollbackRequest(dry_run=True))
    assert change.notes == ("blue was deployed to since then: it has model retail-forecast:3 now",)


def test_a_slot_that_is_as_it_was_needs_no_word(live: Shop) -> None:
    live.world.add_slot("blue", changed_at=live.world.clock.now() - timedelta(minutes=1))
    shifted(live, "blue=0 green=100")
    assert rollback(live.tools, RollbackRequest()).notes == ()


def test_dry_run_shows_where_it_would_go(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    change = rollback(live.tools, RollbackRequest(dry_run=True))
    assert change.planned
    assert change.after.traffic == {"blue": 100}
    assert current(live).traffic == {"green": 100}


def test_nothing_recorded_is_refused(live: Shop) -> None:
    error = refused(live)
    assert isinstance(error, WrongState)
    assert error.hint.startswith("retailctl traffic blue=100 green=0")


def test_a_recorded_split_without_traffic_is_refused(shop: Shop) -> None:
    shop.world.add_endpoint()
    shop.world.add_slot("blue")
    shifted(shop, "blue=100")
    assert isinstance(refused(shop), WrongState)


def test_a_recorded_slot_that_is_gone_is_refused(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    live.workspace.deployments.delete(NAME, "blue")
    error = refused(live)
    assert isinstance(error, ResourceNotFound)
    assert error.hint == "retailctl deploy --slot blue"


def test_a_recorded_slot_that_failed_is_refused(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    live.world.add_slot("blue", state="Failed", error="OutOfMemory")
    error = refused(live)
    assert isinstance(error, WrongState)
    assert error.reason == "OutOfMemory"


def test_an_unreadable_record_is_refused_with_the_way_out(live: Shop) -> None:
    live.world.endpoints[NAME] = replace(
        live.world.endpoints[NAME], tags={"retailctl.previous_traffic": "half to green"}
    )
    assert refused(live).hint.startswith("set the split by hand")


def test_a_shift_by_somebody_else_meanwhile_is_not_undone(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    live.world.before_write.append(lambda: shifted(live, "blue=50 green=50"))
    with pytest.raises(Stale):
        rollback(live.tools, RollbackRequest())
    assert current(live).traffic == {"blue": 50, "green": 50}


def test_the_same_rollback_by_somebody_else_meanwhile_is_a_success(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    live.world.before_write.append(lambda: shifted(live, "blue=100 green=0"))
    rollback(live.tools, RollbackRequest())
    assert current(live).traffic == {"blue": 100}


def test_a_record_equal_to_the_present_split_changes_nothing(live: Shop) -> None:
    shifted(live, "blue=0 green=100")
    by_hand = replace(live.world.endpoints[NAME], traffic=Traffic({"blue": 100}))
    live.world.endpoints[NAME] = by_hand
    change = rollback(live.tools, RollbackRequest())
    assert not change.changed
    assert change.notes


shares = st.integers(0, 100).map(lambda blue: Traffic({"blue": blue, "green": 100 - blue}))
mirrors = st.none() | st.integers(0, 50).map(lambda share: Traffic({"purple": share}))
requests = st.builds(ShiftRequest, traffic=shares, mirror=mirrors)


@settings(max_examples=150, deadline=None)
@given(st.lists(requests, min_size=1, max_size=8), st.booleans())
def test_after_any_shifts_rollback_restores_the_split_before_the_last_change(
    line: list[ShiftRequest], somebody_else: bool
) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        shop.world.add_endpoint(traffic={"blue": 100}, tags={"team": "retail"})
        for slot in ("blue", "green", "purple"):
            shop.world.add_slot(slot)
        before: Split | None = None
        for request in line:
            present = current(shop)
            if somebody_else:
                shop.world.before_write.append(lambda: None)
            if shift(shop.tools, request).changed:
                before = present
            shop.world.before_write.clear()
            assert current(shop).traffic.total in (0, 100)
        assert shop.world.endpoints[NAME].tags["team"] == "retail"
        if before is None:
            assert isinstance(refused(shop), WrongState)
            return
        after = current(shop)
        rollback(shop.tools, RollbackRequest())
        assert current(shop) == before
        rollback(shop.tools, RollbackRequest())
        assert current(shop) == after
        assert shop.world.endpoints[NAME].tags["team"] == "retail"
