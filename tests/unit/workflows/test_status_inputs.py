"""Input drift in the picture: read from the newest summary in each slot's log, and said where there is none."""

from __future__ import annotations

import json

import pytest

from retailctl.errors import Forbidden
from retailctl.workflows.status import InputStatus, StatusRequest, StatusResult, status
from retailctl.workflows.status.inputs import newest
from tests.unit.workflows.fakes import Shop


def summary(**fields: object) -> str:
    told = {
        "time": "2026-11-02T09:00:00.000+00:00",
        "level": "INFO",
        "message": "input summary",
        "since": "2026-11-02T08:00:00+00:00",
        "model_age_days": 30,
        "requests": 40,
        "series": 200,
        "days": 5600,
        "unknown": 4,
        "unpriced": 56,
        "columns": {"price": {"values": 50, "outside": 1}, "sales": {"values": 0, "outside": 0}},
    }
    return json.dumps(told | fields)


def request_lines(count: int) -> str:
    return '{"message": "request", "status": 200}\n' * count


def picture(shop: Shop) -> StatusResult:
    return status(shop.tools, StatusRequest(metrics=False, inputs=True))


def blue_of(shop: Shop, log: str) -> InputStatus | None:
    shop.world.logs["blue", "inference-server"] = log
    return picture(shop).slots[0].inputs


def test_shares_are_of_what_was_asked(live: Shop) -> None:
    inputs = blue_of(live, summary() + "\n" + request_lines(3))

    assert inputs is not None
    assert (inputs.requests, inputs.series, inputs.model_age_days) == (40, 200, 30)
    assert (inputs.unknown_share, inputs.unpriced_share) == (0.02, 0.01)
    assert (inputs.outside_shares, inputs.outside_values) == ({"price": 0.02}, {"price": 50})
    assert inputs.since.isoformat() == "2026-11-02T08:00:00+00:00"


def test_the_newest_summary_counts(live: Shop) -> None:
    inputs = blue_of(live, summary(requests=1) + "\n" + summary(requests=2) + "\n")
    assert inputs is not None
    assert inputs.requests == 2


def test_a_busy_slots_summary_is_looked_for_further_back(live: Shop) -> None:
    assert blue_of(live, summary() + "\n" + request_lines(600)) is not None


@pytest.mark.parametrize(
    "line",
    [summary()[:-20], '"input summary"', '{"message": "request", "path": "/input summary"}', summary(columns=3), "{}"],
)
def test_lines_of_another_form_are_passed_over(line: str) -> None:
    assert newest([line]) is None
    found = newest([summary(requests=7), line])
    assert found is not None
    assert found.requests == 7


def test_nothing_asked_has_no_shares() -> None:
    found = newest([summary(series=0, days=0, unknown=0, unpriced=0)])
    assert found is not None
    assert (found.unknown_share, found.unpriced_share) == (None, None)


def test_a_log_without_a_summary_is_said(live: Shop) -> None:
    live.world.logs["blue", "inference-server"] = request_lines(3)
    blue, _ = picture(live).slots
    assert blue.inputs is None
    assert "no forecast was asked for yet" in str(blue.inputs_missing)


def test_a_log_out_of_reach_is_said_and_the_rest_is_shown(live: Shop) -> None:
    live.world.faults["deployments.logs"] += [Forbidden("no right to read logs")] * 2
    shown = picture(live)
    assert [slot.inputs_missing for slot in shown.slots] == ["its log is out of reach: no right to read logs"] * 2
    assert shown.endpoint is not None


def test_requests_far_from_training_want_a_new_model(live: Shop) -> None:
    far = summary(unknown=20, columns={"price": {"values": 50, "outside": 5}})
    blue_of(live, far)
    said = [advice for advice in picture(live).advice if advice.text.startswith("blue:")]
    assert "10.0% of the series it is asked for are unknown" in said[0].text
    assert "10.0% of its price values are outside" in said[1].text
    assert said[0].command.startswith("retailctl train")


def test_few_values_and_small_shares_say_nothing(live: Shop) -> None:
    blue_of(live, summary(series=10, unknown=5, columns={"price": {"values": 100, "outside": 5}}))
    assert not [advice for advice in picture(live).advice if advice.text.startswith("blue:")]


def test_without_inputs_no_log_is_read(live: Shop) -> None:
    status(live.tools, StatusRequest(metrics=False))
    assert "deployments.logs" not in live.world.calls
