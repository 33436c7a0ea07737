"""Endpoints have one writer: nothing is lost, nobody is overrun, and a change is only done when a read shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.endpoints import EndpointEdit, EndpointsClient
from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import Endpoint
from retailctl.domain.traffic import Traffic
from retailctl.errors import ResourceNotFound, Stale, WaitTimedOut, WorkFailed, WrongState
from tests.unit.azureml.doubles import ScriptedTransport, SteppedClock, arm_error, endpoint_resource

HALF = Traffic({"blue": 50, "green": 50})
TO_HALF = EndpointEdit(traffic=HALF)
SHOWN = {"blue": 50, "green": 50}


def to_half(endpoint: Endpoint) -> EndpointEdit:
    return TO_HALF


def test_an_endpoint_is_read_in_the_words_of_its_yaml(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, endpoint_resource(mirrorTraffic={"green": 10}))
    endpoint = workspace.endpoints.get("retail")
    assert (endpoint.name, endpoint.state, endpoint.auth_mode) == ("retail", "Succeeded", "key")
    assert endpoint.traffic == {"blue": 100}
    assert endpoint.mirror == {"green": 10}
    assert endpoint.tags == {"team": "supply"}
    assert endpoint.created_at == datetime(2026, 11, 1, 8, 0, 0, 123456, tzinfo=UTC)


def test_a_change_sends_the_whole_resource_with_everything_it_held(
    workspace: Workspace, azure: ScriptedTransport
) -> None:
    resource = endpoint_resource(mirrorTraffic={"green": 10}, publicNetworkAccess="Disabled", fromTheFuture={"a": [1]})
    resource["sku"] = {"name": "Default"}
    azure.answers(200, resource).answers(200).answers(
        200, endpoint_resource(traffic=SHOWN, mirrorTraffic={"green": 10})
    )
    workspace.endpoints.change("retail", to_half)
    put = azure.sent[1]
    assert (put.method, put.path) == ("PUT", "/onlineEndpoints/retail")
    assert put.body == {
        "location": "westeurope",
        "tags": {"team": "supply"},
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Default"},
        "properties": {
            "authMode": "Key",
            "publicNetworkAccess": "Disabled",
            "fromTheFuture": {"a": [1]},
            "traffic": {"blue": 50, "green": 50},
            "mirrorTraffic": {"green": 10},
        },
    }


def test_tags_are_replaced_whole_and_zeros_are_not_sent(workspace: Workspace, azure: ScriptedTransport) -> None:
    edit = EndpointEdit(traffic=Traffic({"blue": 0, "green": 100}), mirror=Traffic({"blue": 0}), tags={"a": "1"})
    shown = endpoint_resource(traffic={"green": 100})
    shown["tags"] = {"a": "1"}
    azure.answers(200, endpoint_resource()).answers(200).answers(200, shown)
    workspace.endpoints.change("retail", lambda endpoint: edit)
    body = azure.sent[1].body
    assert body["tags"] == {"a": "1"}
    assert body["properties"]["traffic"] == {"green": 100}
    assert body["properties"]["mirrorTraffic"] == {}


def test_an_edit_of_nothing_sends_nothing(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, endpoint_resource())
    assert workspace.endpoints.change("retail", lambda endpoint: EndpointEdit()).traffic == {"blue": 100}
    assert [sent.method for sent in azure.sent] == ["GET"]


def test_a_change_waits_until_a_read_shows_it(
    workspace: Workspace, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    azure.answers(200, endpoint_resource()).answers(200)
    azure.answers(200, endpoint_resource())  # the read lags behind the write
    azure.answers(200, endpoint_resource(state="Updating", traffic=SHOWN))
    azure.answers(200, endpoint_resource(traffic=SHOWN))
    assert workspace.endpoints.change("retail", to_half).traffic == HALF
    assert len(clock.slept) == 2


def test_a_change_that_no_read_shows_times_out(
    workspace: Workspace, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    azure.answers(200, endpoint_resource()).answers(200)
    for _ in range(4):
        azure.answers(200, endpoint_resource())
    with pytest.raises(WaitTimedOut):
        workspace.endpoints.change("retail", to_half, deadline=Deadline.after(clock, 3))


def test_a_conflict_is_waited_for_read_again_and_asked_again(workspace: Workspace, azure: ScriptedTransport) -> None:
    seen: list[Traffic] = []

    def edit(endpoint: Endpoint) -> EndpointEdit:
        seen.append(endpoint.traffic)
        return TO_HALF

    azure.answers(200, endpoint_resource())
    azure.answers(409, arm_error("Conflict", "Already running method Update"))
    azure.answers(200, endpoint_resource(state="Updating"))
    azure.answers(200, endpoint_resource(traffic={"green": 100}))
    azure.answers(200).answers(200, endpoint_resource(traffic=SHOWN))
    assert workspace.endpoints.change("retail", edit).traffic == HALF
    assert seen == [{"blue": 100}, {"green": 100}]


def test_a_conflict_that_does_not_end_is_told(
    workspace: Workspace, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    for _ in range(3):
        azure.answers(200, endpoint_resource()).answers(409, arm_error("Conflict", "Already running method Update"))
    with pytest.raises(WrongState, match="cannot be changed") as caught:
        workspace.endpoints.change("retail", to_half, deadline=Deadline.after(clock, 1.2))
    assert caught.value.reason == "Already running method Update"


def test_an_endpoint_being_changed_is_not_written_to(
    workspace: Workspace, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    for _ in range(3):
        azure.answers(200, endpoint_resource(state="Updating"))
    with pytest.raises(WrongState, match="still being changed"):
        workspace.endpoints.change("retail", to_half, deadline=Deadline.after(clock, 0.4))
    assert {sent.method for sent in azure.sent} == {"GET"}


def test_a_change_that_somebody_else_undid_is_told(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, endpoint_resource()).answers(200).answers(200, endpoint_resource(traffic={"green": 100}))
    with pytest.raises(Stale, match="somebody else") as caught:
        workspace.endpoints.change("retail", to_half)
    assert "green=100" in str(caught.value.reason)


def test_an_operation_cancelled_by_another_is_tried_again(workspace: Workspace, azure: ScriptedTransport) -> None:
    monitor = "https://arm.example/op"
    azure.answers(200, endpoint_resource()).answers(200, {}, Azure_AsyncOperation=monitor)
    azure.answers(200, {"status": "Canceled", **arm_error("OperationCanceled", "a higher priority operation")})
    azure.answers(200, endpoint_resource()).answers(200).answers(200, endpoint_resource(traffic=SHOWN))
    assert workspace.endpoints.change("retail", to_half).traffic == HALF


def test_an_etag_is_sent_back_where_the_service_hands_one_out(workspace: Workspace, azure: ScriptedTransport) -> None:
    tagged = {**endpoint_resource(), "etag": '"7"'}
    azure.answers(200, tagged).answers(200).answers(200, endpoint_resource(traffic=SHOWN))
    workspace.endpoints.change("retail", to_half)
    assert azure.sent[1].headers["If-Match"] == '"7"'
    assert "etag" not in azure.sent[1].body


class YamlOf:
    """Stands where the SDK turns a file into a body."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    def endpoint_body(self, yaml: object) -> tuple[str, dict[str, Any]]:
        return "retail", self.body


def test_a_file_on_a_live_endpoint_keeps_its_split_identity_and_foreign_tags(
    arm: ArmClient, azure: ScriptedTransport, tmp_path: Path
) -> None:
    own = {"authMode": "AMLToken", "description": None, "traffic": {}, "mirrorTraffic": {}}
    body = {"location": "westeurope", "tags": {"owner": "me"}, "properties": own}
    live = endpoint_resource(mirrorTraffic={"green": 10}, description="kept")
    azure.answers(200, live).answers(200, live).answers(200).answers(200, live)
    EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml")
    sent = azure.sent[2].body
    assert sent["tags"] == {"team": "supply", "owner": "me"}
    assert sent["identity"] == {"type": "SystemAssigned"}
    assert sent["properties"] == {
        "authMode": "AMLToken",
        "description": "kept",
        "traffic": {"blue": 100},
        "mirrorTraffic": {"green": 10},
    }


def test_a_file_waits_for_whoever_changes_the_live_endpoint(
    arm: ArmClient, azure: ScriptedTransport, tmp_path: Path
) -> None:
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    azure.answers(200, endpoint_resource()).answers(200, endpoint_resource())
    azure.answers(409, arm_error("Conflict", "Already running method Update"))
    azure.answers(200, endpoint_resource(traffic=SHOWN)).answers(200).answers(200, endpoint_resource(traffic=SHOWN))
    assert EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml").traffic == HALF
    assert azure.sent[4].body["properties"]["traffic"] == SHOWN


def test_an_endpoint_that_could_not_be_made_is_told(arm: ArmClient, azure: ScriptedTransport, tmp_path: Path) -> None:
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    azure.answers(404, arm_error("NotFound", "none")).answers(201).answers(200, endpoint_resource(state="Failed"))
    with pytest.raises(WorkFailed, match="endpoint 'retail' could not be made"):
        EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml")


def test_a_name_that_somebody_else_has_is_told_at_once(
    arm: ArmClient, azure: ScriptedTransport, tmp_path: Path
) -> None:
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    azure.answers(404, arm_error("NotFound", "none"))
    azure.answers(409, arm_error("Conflict", "Endpoint names are unique in a region; retail is taken"))
    azure.answers(404, arm_error("NotFound", "none"))
    with pytest.raises(WrongState) as caught:
        EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml")
    assert caught.value.reason == "Endpoint names are unique in a region; retail is taken"


def test_an_endpoint_whose_creation_was_answered_to_nobody_is_brought_up_to_the_file(
    arm: ArmClient, azure: ScriptedTransport, tmp_path: Path
) -> None:
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    azure.answers(404, arm_error("NotFound", "none"))
    azure.answers(409, arm_error("Conflict", "The endpoint 'retail' is in Creating provisioning state"))
    azure.answers(200, endpoint_resource(state="Creating")).answers(200, endpoint_resource(state="Creating"))
    azure.answers(200, endpoint_resource()).answers(200).answers(200, endpoint_resource())
    assert EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml").state == "Succeeded"


def test_a_new_endpoint_is_waited_for(arm: ArmClient, azure: ScriptedTransport, tmp_path: Path) -> None:
    body = {"location": "westeurope", "properties": {"authMode": "Key"}}
    azure.answers(404, arm_error("NotFound", "none")).answers(201)
    azure.answers(200, endpoint_resource(state="Creating")).answers(200, endpoint_resource())
    assert EndpointsClient(arm, YamlOf(body)).create(tmp_path / "endpoint.yml").state == "Succeeded"


def test_a_deleted_endpoint_is_gone_before_the_call_returns(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location="https://arm.example/op").answers(202).answers(200)
    azure.answers(200, endpoint_resource(state="Deleting")).answers(404, arm_error("NotFound", "gone"))
    workspace.endpoints.delete("retail")
    assert azure.sent[0].method == "DELETE"


@pytest.mark.parametrize(("status", "body"), [(204, None), (404, arm_error("NotFound", "no such endpoint"))])
def test_deleting_what_is_not_there_is_told(
    workspace: Workspace, azure: ScriptedTransport, status: int, body: object
) -> None:
    azure.answers(status, body)
    with pytest.raises(ResourceNotFound, match="endpoint 'retail' was not found"):
        workspace.endpoints.delete("retail")


def test_endpoints_are_listed_by_name(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": [endpoint_resource("b"), endpoint_resource("a")]})
    assert [endpoint.name for endpoint in workspace.endpoints.list()] == ["a", "b"]


def test_a_key_is_renewed_by_its_name(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location="https://arm.example/op").answers(200)
    workspace.endpoints.regenerate_key("retail", "secondary")
    assert azure.sent[0].path == "/onlineEndpoints/retail/regenerateKeys"
    assert azure.sent[0].body == {"keyType": "Secondary"}


def test_a_token_comes_with_its_end(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"accessToken": "abc", "expiryTimeUtc": 1793610000, "refreshAfterTimeUtc": 0})
    token = workspace.endpoints.token("retail")
    assert token.token == "abc"
    assert token.expires_at == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    assert token.refresh_at is None
    assert "abc" not in repr(token)
