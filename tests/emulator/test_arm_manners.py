"""Paths, versions, bodies, pages and errors as Azure Resource Manager treats them."""

from __future__ import annotations

import pytest

from retailctl.emulator import LocalWorkspace
from tests.emulator import bodies
from tests.emulator.api import Api


def test_the_api_version_is_required(api: Api) -> None:
    answer = api.call("GET", f"{api.workspace}/jobs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MissingApiVersionParameter")


def test_an_unknown_api_version_is_refused_with_those_that_are_known(api: Api) -> None:
    answer = api.arm("GET", "/jobs", params={"api-version": "1999-01-01"})
    assert answer.status_code == 400
    assert "2024-04-01" in answer.json()["error"]["message"]


def test_a_loose_workspace_answers_unknown_api_versions_with_a_warning() -> None:
    with LocalWorkspace(loose=True) as loose:
        api = Api.of(loose)
        answer = api.arm("GET", "/jobs", params={"api-version": "2031-01-01-preview"})
        assert (answer.status_code, answer.json()) == (200, {"value": []})
        assert "does not know api-version 2031-01-01-preview" in answer.headers["Warning"]
        assert "Warning" not in api.arm("GET", "/jobs").headers
        assert api.arm("GET", "/jobs", params={"api-version": "newest"}).status_code == 400


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("/workspaces/local", "/workspaces/other", "ResourceNotFound"),
        ("/resourceGroups/local", "/resourceGroups/other", "ResourceGroupNotFound"),
        ("/subscriptions/0", "/subscriptions/1", "SubscriptionNotFound"),
    ],
)
def test_another_scope_is_not_found(api: Api, old: str, new: str, code: str) -> None:
    path = api.workspace.replace(old, new)
    answer = api.call("GET", path, params={"api-version": "2024-04-01"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


def test_paths_ignore_case(api: Api) -> None:
    answer = api.call("GET", api.workspace.lower() + "/ONLINEENDPOINTS", params={"api-version": "2024-04-01"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/batchEndpoints", "BatchEndpoints_List (GET workspaces/local/batchEndpoints)"),
        ("POST", "/models/m/versions/1/package", "ModelVersions_Package"),
        ("POST", "/computes/cpu-cluster/start", "Compute_Start"),
        ("GET", "/nonsense", "GET workspaces/local/nonsense"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(api: Api, method: str, path: str, name: str) -> None:
    answer = api.arm(method, path, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotImplemented")
    assert name in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"properties": {"authMode": "Key"}}, "location"),
        ({"location": "local", "properties": {}}, "properties.authMode"),
        (bodies.endpoint(traffic={"blue": "50"}), "properties.traffic.blue"),
        (bodies.endpoint(authMode="Password"), "properties.authMode"),
        ([], "body"),
    ],
)
def test_a_wrong_field_is_named(api: Api, body: object, field: str) -> None:
    answer = api.arm("PUT", "/onlineEndpoints/shop", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["target"] == field


def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    answer = api.arm("PUT", "/onlineEndpoints/shop", data=b"{not json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    answer = api.arm("PUT", "/onlineEndpoints/shop", data=b" " * (4 * 2**20 + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "RequestContentTooLarge")


@pytest.mark.parametrize("name", ["ab", "x" * 33, "1shop", "shop_1", "shop-"])
def test_an_endpoint_name_that_azure_refuses_is_refused(api: Api, name: str) -> None:
    assert api.arm("PUT", f"/onlineEndpoints/{name}", json=bodies.endpoint()).status_code == 400


def test_a_long_list_comes_in_pages(api: Api) -> None:
    for version in range(1, 6):
        body = bodies.environment(f"registry/retail/infer:{version}")
        assert api.arm("PUT", f"/environments/paged/versions/{version}", json=body).status_code == 201
    first = api.arm("GET", "/environments/paged/versions", params={"$top": "2"}).json()
    second = api.session.get(first["nextLink"], timeout=30).json()
    third = api.session.get(second["nextLink"], timeout=30).json()
    names = [each["name"] for page in (first, second, third) for each in page["value"]]
    assert names == ["5", "4", "3", "2", "1"]
    assert "nextLink" not in third


def test_a_container_without_versions_begins_at_one(api: Api) -> None:
    answer = api.arm("PUT", "/models/tagged", json={"properties": {"tags": {"last_job": "j1"}}})
    assert (answer.status_code, answer.json()["properties"]["nextVersion"]) == (201, "1")
    found = api.arm("GET", "/models/tagged").json()["properties"]
    assert found["tags"] == {"last_job": "j1"}
    assert "latestVersion" not in found
