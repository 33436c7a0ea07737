"""Models, environments and data: which version is the latest, and what archiving leaves as it was."""

from __future__ import annotations

from typing import Any

import pytest

from retailctl.azureml import Workspace
from retailctl.domain.references import ModelRef
from retailctl.errors import InvalidInput, ResourceNotFound
from tests.unit.azureml.doubles import CONNECTION, ScriptedTransport, arm_error

REF = ModelRef("retail", 7)


def version(kind: str, name: str, number: str, created: str = "2026-11-01T00:00:00Z", **own: object) -> dict[str, Any]:
    return {
        "id": f"{CONNECTION.workspace_id}/{kind}/{name}/versions/{number}",
        "name": number,
        "type": "t",
        "systemData": {"createdAt": created},
        "properties": {"tags": {"stage": "dev"}, "isArchived": False, **own},
    }


def model(number: str, **own: object) -> dict[str, Any]:
    fixed = {"modelType": "mlflow_model", "modelUri": "azureml://x", "jobName": "j1", "provisioningState": "Succeeded"}
    return version("models", "retail", number, **{**fixed, **own})


def test_a_model_is_read_with_its_lineage(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, model("7"))
    found = workspace.models.get(REF)
    assert (found.text, found.type, found.path, found.job) == ("retail:7", "mlflow_model", "azureml://x", "j1")
    assert found.tags == {"stage": "dev"}
    assert azure.sent[0].path == "/models/retail/versions/7"


def test_the_latest_model_has_the_highest_number_not_the_newest_date(
    workspace: Workspace, azure: ScriptedTransport
) -> None:
    azure.answers(200, {"value": [model("9"), model("10"), model("2"), model("draft")]})
    assert workspace.models.get(ModelRef("retail")).version == 10
    assert azure.sent[0].query["listViewType"] == "ActiveOnly"


def test_a_model_whose_versions_are_all_archived_has_no_latest(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": []})
    with pytest.raises(ResourceNotFound, match="model 'retail' has no version"):
        workspace.models.latest("retail")


def test_every_model_is_listed_by_name_and_number(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"value": [{"name": "retail"}, {"name": "basket"}]})
    azure.answers(200, {"value": [model("1"), model("2")]})
    azure.answers(200, {"value": [version("models", "basket", "4")]})
    assert [found.text for found in workspace.models.list(archived=True)] == ["basket:4", "retail:2", "retail:1"]
    assert {sent.query["listViewType"] for sent in azure.sent} == {"All"}


@pytest.mark.parametrize(("act", "archived"), [("archive", True), ("restore", False)])
def test_archiving_changes_nothing_else(
    workspace: Workspace, azure: ScriptedTransport, act: str, archived: bool
) -> None:
    azure.answers(200, model("7", flavors={"python_function": {}}, fromTheFuture=1)).answers(200, model("7"))
    getattr(workspace.models, act)(REF)
    put = azure.sent[1]
    assert (put.method, put.path) == ("PUT", "/models/retail/versions/7")
    assert put.body == {
        "properties": {
            "tags": {"stage": "dev"},
            "isArchived": archived,
            "modelType": "mlflow_model",
            "modelUri": "azureml://x",
            "jobName": "j1",
            "flavors": {"python_function": {}},
            "fromTheFuture": 1,
        }
    }


def test_new_tags_leave_the_others(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, model("7")).answers(200, model("7", tags={"stage": "dev", "champion": "true"}))
    assert workspace.models.set_tags(REF, {"champion": "true"}).tags["champion"] == "true"
    assert azure.sent[1].body["properties"]["tags"] == {"stage": "dev", "champion": "true"}


@pytest.mark.parametrize("act", ["archive", "restore", "delete"])
def test_what_changes_a_model_does_not_guess_its_version(workspace: Workspace, act: str) -> None:
    with pytest.raises(InvalidInput, match="model 'retail' has no version"):
        getattr(workspace.models, act)(ModelRef("retail"))


def test_a_deletion_is_followed_until_no_read_shows_the_version(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location="https://arm.example/op").answers(202).answers(204)
    azure.answers(200, model("7")).answers(404, arm_error("NotFound", "gone"))
    workspace.models.delete(REF)
    assert (azure.sent[0].method, azure.sent[0].path) == ("DELETE", "/models/retail/versions/7")


def test_a_missing_model_is_told_by_name_and_version(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(404, arm_error("NotFound", "no"))
    with pytest.raises(ResourceNotFound, match="model 'retail:7' was not found") as caught:
        workspace.models.get(REF)
    assert caught.value.hint == "retailctl model list"


def test_environments_are_listed_newest_first(workspace: Workspace, azure: ScriptedTransport) -> None:
    old = version("environments", "infer", "zz", "2026-10-01T00:00:00Z", image="a@sha256:1")
    new = version("environments", "infer", "aa", "2026-11-01T00:00:00Z", image="a@sha256:2")
    azure.answers(200, {"value": [old, new]})
    assert [each.text for each in workspace.environments.list("infer")] == ["infer:aa", "infer:zz"]


def test_an_environment_is_archived_without_what_the_service_alone_writes(
    workspace: Workspace, azure: ScriptedTransport
) -> None:
    own = {"image": "a@sha256:1", "environmentType": "UserCreated", "provisioningState": "Succeeded"}
    azure.answers(200, version("environments", "infer", "3", **own)).answers(200)
    workspace.environments.archive("infer", "3")
    sent = azure.sent[1].body["properties"]
    assert sent == {"tags": {"stage": "dev"}, "isArchived": True, "image": "a@sha256:1"}


def test_data_is_read_with_type_and_path(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, version("data", "sales", "1", dataType="uri_folder", dataUri="azureml://d"))
    data = workspace.data.get("sales", "1")
    assert (data.name, data.version, data.type, data.path) == ("sales", "1", "uri_folder", "azureml://d")


def test_a_compute_is_read_from_its_two_levels(workspace: Workspace, azure: ScriptedTransport) -> None:
    cluster = {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4},
    }
    own = {"computeType": "AmlCompute", "provisioningState": "Succeeded", "properties": cluster}
    azure.answers(200, {"name": "cpu-cluster", "properties": own})
    compute = workspace.computes.get("cpu-cluster")
    assert (compute.type, compute.size, compute.tier) == ("AmlCompute", "STANDARD_DS3_V2", "Dedicated")
    assert (compute.min_nodes, compute.max_nodes) == (0, 4)


def test_usages_are_read_of_the_workspaces_region(workspace: Workspace, azure: ScriptedTransport) -> None:
    usage = {"name": {"value": "DSv2", "localizedValue": "Standard DSv2"}, "currentValue": 8, "limit": 24}
    azure.answers(200, {"value": [usage]})
    found = workspace.usages()[0]
    assert (found.name, found.used, found.limit) == ("Standard DSv2", 8, 24)
    assert azure.sent[0].path.endswith("/locations/westeurope/usages")
