"""The whole picture: what is there, how it does, and the command that a person would want next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retailctl.domain.resources import SlotMetrics
from retailctl.domain.traffic import Traffic
from retailctl.errors import Forbidden, Unreachable
from retailctl.workflows.events import Caution
from retailctl.workflows.plain import plain
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.status import StatusRequest, StatusResult, status
from tests.unit.workflows.fakes import Shop


def picture(shop: Shop, **rest: object) -> StatusResult:
    return status(shop.tools, StatusRequest(**rest))  # type: ignore[arg-type]


def commands(shown: StatusResult) -> list[str]:
    return [advice.command for advice in shown.advice]


def test_an_empty_workspace_is_shown_with_the_first_command(shop: Shop) -> None:
    shown = picture(shop)
    assert shown.endpoint is None
    assert shown.slots == ()
    assert commands(shown) == ["retailctl release --data DIR"]


def test_a_registered_model_without_an_endpoint_wants_a_deployment(shop: Shop) -> None:
    shop.world.add_model(1)
    shop.world.add_endpoint()
    assert commands(picture(shop)) == ["retailctl deploy --slot blue"]


def test_each_slot_shows_what_it_serves_and_on_what(live: Shop) -> None:
    blue, green = picture(live).slots
    assert (blue.name, blue.model, blue.traffic, blue.idle) == ("blue", "retail-forecast:1", 100, False)
    assert blue.digest == "sha256:" + "a" * 64
    assert (green.traffic, green.idle, green.instance_type) == (0, True, "Standard_DS3_v2")


def test_figures_are_per_minute_and_count_only_failures_of_the_model(live: Shop) -> None:
    live.world.metrics["blue"] = SlotMetrics("blue", 300, 30, 3, 2.0, 5.0, 9.0)
    blue, green = picture(live, window_s=600.0).slots
    assert (blue.requests_per_minute, blue.error_rate, blue.p95_ms) == (30.0, 0.01, 5.0)
    assert (green.requests_per_minute, green.error_rate, green.p95_ms) == (0.0, None, None)


def test_figures_that_cannot_be_had_are_left_out_with_a_caution(live: Shop) -> None:
    live.world.faults["metrics.by_slot"].append(Forbidden("no right to read metrics"))
    assert picture(live).slots[0].requests_per_minute is None
    assert any(isinstance(event, Caution) and "no right" in event.text for event in live.events)


def test_any_other_failure_is_told(live: Shop) -> None:
    live.world.faults["jobs.list"].append(Unreachable("no connection"))
    with pytest.raises(Unreachable):
        picture(live)


def test_models_name_the_slots_that_serve_them_and_their_figures(live: Shop) -> None:
    live.world.add_model(1)
    live.world.add_model(2, tags={"retailctl.metric.wape": "0.31", "team": "retail"})
    second, first = picture(live).models
    assert (second.version, second.served_by, second.metrics) == (2, ("green",), {"wape": "0.31"})
    assert first.served_by == ("blue",)


def test_the_last_change_and_the_way_back_are_shown(live: Shop) -> None:
    shift(live.tools, ShiftRequest(Traffic({"green": 100})))
    shown = picture(live)
    assert shown.endpoint is not None
    assert shown.endpoint.previous == "blue=100 green=0"
    assert shown.endpoint.changed_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert [slot.for_rollback for slot in shown.slots] == [True, False]
    assert "rollback returns to it" in shown.advice[-1].text


def test_an_idle_slot_that_still_bills_is_named(live: Shop) -> None:
    (advice,) = picture(live).advice
    assert advice.text.startswith("green takes no traffic and bills for 1 x Standard_DS3_v2")
    assert advice.command == "retailctl traffic blue=90 green=10"


def test_the_newest_job_s_failure_is_named_and_an_older_one_s_is_not(shop: Shop) -> None:
    shop.world.add_job("older", status="Failed")
    shop.world.add_job("newer", status="Completed")
    assert commands(picture(shop)) == ["retailctl release --data DIR"]
    shop.world.add_job("newest", status="Failed")
    assert commands(picture(shop))[0] == "retailctl job logs newest"


def test_a_failed_slot_comes_first(live: Shop) -> None:
    live.world.add_slot("green", state="Failed", error="probe")
    shown = picture(live)
    assert commands(shown) == ["retailctl logs --slot green"]
    assert not shown.slots[1].idle


def test_no_live_slot_wants_traffic(shop: Shop) -> None:
    shop.world.add_endpoint()
    shop.world.add_slot("blue")
    assert commands(picture(shop)) == ["retailctl traffic blue=100"]


def test_a_model_that_nobody_serves_wants_the_idle_slot(live: Shop) -> None:
    live.world.add_model(3)
    assert commands(picture(live))[0] == "retailctl deploy --slot green"


def test_few_requests_make_the_picture(live: Shop) -> None:
    picture(live, metrics=False)
    assert sorted(live.world.calls) == ["deployments.list", "endpoints.find", "jobs.list", "models.list"]


def test_the_picture_has_a_plain_form(live: Shop) -> None:
    live.world.add_job("brisk_fox_7", "Running")
    shown = plain(picture(live))
    assert isinstance(shown, dict)
    assert shown["endpoint"]["traffic"] == {"blue": 100, "green": 0}  # type: ignore[index,call-overload]
