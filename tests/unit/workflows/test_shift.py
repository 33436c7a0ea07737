"""Shifting traffic: what is typed is what happens, or is refused with a line that would work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retailctl.domain import tags
from retailctl.domain.history import Split, previous
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput, ResourceNotFound, RetailctlError, WaitTimedOut, WrongState
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.split import SplitChange
from tests.unit.workflows.fakes import Shop

NAME = "retail-forecast-endpoint"


def to(shop: Shop, line: str, **rest: object) -> SplitChange:
    return shift(shop.tools, ShiftRequest(Traffic.parse([line]), **rest))  # type: ignore[arg-type]


def refused(shop: Shop, line: str, **rest: object) -> RetailctlError:
    with pytest.raises(RetailctlError) as caught:
        to(shop, line, **rest)
    assert shop.world.writes() == []
    return caught.value


def split(shop: Shop) -> dict[str, int]:
    return shop.world.endpoints[NAME].traffic.live


def test_shift_brings_the_split_asked_for_and_tells_what_it_was(live: Shop) -> None:
    change = to(live, "blue=50 green=50")
    assert split(live) == {"blue": 50, "green": 50}
    assert change.changed
    assert (change.before.traffic.text(), change.after.traffic.text()) == ("blue=100 green=0", "blue=50 green=50")
    assert change.next == "retailctl rollback"


def test_the_split_before_is_recorded_beside_every_other_tag(live: Shop) -> None:
    live.world.endpoints[NAME] = replace(live.world.endpoints[NAME], tags={"team": "retail"})
    to(live, "blue=50 green=50")
    kept = live.world.endpoints[NAME].tags
    assert kept["team"] == "retail"
    assert previous(kept) == Split(Traffic({"blue": 100}))
    assert kept[tags.TRAFFIC_CHANGED_AT] == "2026-11-02T09:00:00+00:00"


def test_an_equal_split_sends_nothing(live: Shop) -> None:
    change = to(live, "blue=100 green=0")
    assert not change.changed
    assert live.world.writes() == []


def test_dry_run_shows_the_change_and_sends_nothing(live: Shop) -> None:
    change = to(live, "blue=0 green=100", dry_run=True)
    assert change.planned
    assert not change.changed
    assert change.after.traffic == {"green": 100}
    assert live.world.writes() == []


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("green=20", "blue=80 green=20"),
        ("blue=60 green=60", "blue=50 green=50"),
        ("blue=30 green=30", "blue=50 green=50"),
    ],
)
def test_a_sum_other_than_100_is_refused_with_the_corrected_line(live: Shop, line: str, corrected: str) -> None:
    error = refused(live, line)
    assert isinstance(error, InvalidInput)
    assert error.hint == f"retailctl traffic {corrected}"


def test_all_zeros_want_leave(live: Shop) -> None:
    assert "--yes" in refused(live, "blue=0 green=0").hint
    change = to(live, "blue=0 green=0", allow_zero=True)
    assert split(live) == {}
    assert "404" in change.notes[-1]


def test_a_live_slot_left_out_of_a_full_split_is_named_in_a_note(live: Shop) -> None:
    change = to(live, "green=100")
    assert split(live) == {"green": 100}
    assert change.notes == ("blue was not named and goes from 100 % to 0 %",)


def test_a_slot_that_does_not_exist_is_refused_with_the_command_that_makes_it(shop: Shop) -> None:
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    error = refused(shop, "blue=50 green=50")
    assert isinstance(error, ResourceNotFound)
    assert error.hint == "retailctl deploy --slot green"


def test_a_zero_for_a_slot_that_does_not_exist_is_no_mistake(shop: Shop) -> None:
    shop.world.add_endpoint()
    shop.world.add_slot("blue")
    to(shop, "blue=100 green=0")
    assert split(shop) == {"blue": 100}


def test_an_absent_endpoint_is_not_found(shop: Shop) -> None:
    assert isinstance(refused(shop, "blue=100"), ResourceNotFound)


@pytest.mark.parametrize("state", ["Failed", "Creating", "Updating", "Deleting"])
def test_a_slot_that_is_not_ready_cannot_take_more_traffic(live: Shop, state: str) -> None:
    live.world.add_slot("green", state=state, error="ReadinessProbeFailed")
    error = refused(live, "blue=90 green=10")
    assert isinstance(error, WrongState)
    assert error.reason == "ReadinessProbeFailed"
    assert error.details["state"] == state


def test_traffic_can_be_taken_from_a_slot_that_failed(live: Shop) -> None:
    live.world.add_slot("blue", state="Failed")
    to(live, "blue=10 green=90")
    assert split(live) == {"blue": 10, "green": 90}


def test_a_mirror_alone_leaves_the_split_as_it_is(live: Shop) -> None:
    change = shift(live.tools, ShiftRequest(mirror=Traffic({"green": 10})))
    assert live.world.endpoints[NAME].mirror == {"green": 10}
    assert change.after == Split(Traffic({"blue": 100}), Traffic({"green": 10}))


def test_traffic_for_the_mirrored_slot_ends_its_mirror_and_says_so(live: Shop) -> None:
    shift(live.tools, ShiftRequest(mirror=Traffic({"green": 10})))
    change = to(live, "blue=50 green=50")
    assert not live.world.endpoints[NAME].mirror.live
    assert change.notes == ("mirroring to green ends, because it takes traffic itself",)


def test_other_shifts_keep_the_mirror(live: Shop) -> None:
    live.world.add_slot("purple")
    shift(live.tools, ShiftRequest(mirror=Traffic({"purple": 10})))
    to(live, "blue=50 green=50")
    assert live.world.endpoints[NAME].mirror == {"purple": 10}


@pytest.mark.parametrize("mirror", [{"blue": 10}, {"green": 60}, {"green": 10, "purple": 10}])
def test_a_mirror_that_azure_refuses_is_refused_here(live: Shop, mirror: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        shift(live.tools, ShiftRequest(mirror=Traffic(mirror)))
    assert live.world.writes() == []


def test_a_change_by_somebody_else_is_read_again_and_its_tags_survive(live: Shop) -> None:
    def another_process() -> None:
        now = live.world.endpoints[NAME]
        live.world.endpoints[NAME] = replace(now, traffic=Traffic({"green": 100}), tags={**now.tags, "theirs": "kept"})

    live.world.before_write.append(another_process)
    change = to(live, "blue=50 green=50")
    assert split(live) == {"blue": 50, "green": 50}
    assert live.world.endpoints[NAME].tags["theirs"] == "kept"
    assert change.before.traffic == {"green": 100}
    assert previous(live.world.endpoints[NAME].tags) == Split(Traffic({"green": 100}))


def test_the_shift_waits_until_a_read_shows_it(live: Shop) -> None:
    live.world.stale_reads = 5
    assert to(live, "blue=50 green=50").seconds > 0


def test_a_split_that_no_read_shows_in_time_is_a_wait_that_timed_out(live: Shop) -> None:
    live.world.stale_reads = 1000
    with pytest.raises(WaitTimedOut) as caught:
        to(live, "blue=50 green=50", timeout_s=10.0)
    assert caught.value.hint == "retailctl status"


def test_a_request_for_nothing_is_refused(live: Shop) -> None:
    with pytest.raises(InvalidInput):
        shift(live.tools, ShiftRequest())


def test_a_plan_is_followed_by_the_line_that_carries_it_out(live: Shop) -> None:
    request = ShiftRequest(Traffic({"blue": 90, "green": 10}), dry_run=True)
    assert shift(live.tools, request).next == "retailctl traffic blue=90 green=10"
    mirrored = ShiftRequest(mirror=Traffic({"green": 10}), dry_run=True)
    assert shift(live.tools, mirrored).next == "retailctl traffic --mirror green=10"


def test_there_is_no_way_back_to_a_split_without_traffic(live: Shop) -> None:
    shift(live.tools, ShiftRequest(Traffic({"blue": 0, "green": 0}), allow_zero=True))
    assert shift(live.tools, ShiftRequest(Traffic({"blue": 100}))).next == "retailctl invoke"


def test_a_slot_that_no_deployment_can_make_is_not_advised(live: Shop) -> None:
    with pytest.raises(ResourceNotFound) as caught:
        shift(live.tools, ShiftRequest(Traffic({"red": 100})))
    assert caught.value.hint == "retailctl status"
