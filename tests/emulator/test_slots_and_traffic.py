"""Endpoints and deployments over plain HTTP: their rules, their operations, and requests while they change."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

_NAME = "/onlineEndpoints/shop"


@pytest.fixture(scope="module")
def shop(api: Api, infer: str) -> str:
    """An endpoint with two slots; its scoring address."""
    return api.two_slots(_NAME, infer)


def _split(api: Api, **traffic: int) -> requests.Response:
    return api.arm("PUT", _NAME, json=bodies.endpoint(traffic=traffic))


def _score(api: Api, address: str, **headers: str) -> requests.Response:
    key = api.arm("POST", f"{_NAME}/listKeys").json()["primaryKey"]
    return requests.post(address, json={}, headers={"Authorization": f"Bearer {key}", **headers}, timeout=30)


def test_a_wrong_key_is_refused(shop: str) -> None:
    answer = requests.post(shop, json={}, headers={"Authorization": "Bearer wrong"}, timeout=30)
    assert answer.status_code == 401


def test_without_traffic_nothing_answers(api: Api, shop: str) -> None:
    api.done(_split(api))
    assert _score(api, shop).status_code == 404


def test_the_models_refusal_reaches_the_caller_as_424(api: Api, shop: str) -> None:
    api.done(_split(api, blue=100))
    key = api.arm("POST", f"{_NAME}/listKeys").json()["primaryKey"]
    answer = requests.post(shop, json={"bad": True}, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 424


def test_an_old_key_ends_with_its_replacement(api: Api, shop: str) -> None:
    api.done(_split(api, blue=100))
    old = api.arm("POST", f"{_NAME}/listKeys").json()["secondaryKey"]
    answer = api.arm("POST", f"{_NAME}/regenerateKeys", json={"keyType": "Secondary"})
    assert answer.status_code == 202
    api.done(answer)
    assert requests.post(shop, json={}, headers={"Authorization": f"Bearer {old}"}, timeout=30).status_code == 401


def test_no_request_fails_while_traffic_shifts_and_a_slot_is_replaced(api: Api, shop: str, infer: str) -> None:
    api.done(_split(api, blue=100))
    key = api.arm("POST", f"{_NAME}/listKeys").json()["primaryKey"]
    stop, seen = Event(), Counter[int]()

    def call() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                answer = session.post(shop, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=30)
                seen[answer.status_code] += 1

    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call)
        for blue in (50, 0, 100):
            api.done(_split(api, blue=blue, green=100 - blue))
        body = bodies.deployment(infer, "blue", environmentVariables={"SLOT": "blue-2"})
        api.done(api.arm("PUT", f"{_NAME}/deployments/blue", json=body))
        until(lambda: seen[200] > 50)
        stop.set()
        calling.result()
    assert set(seen) == {200}
    assert _score(api, shop).json()["slot"] == "blue-2"


def test_a_slot_is_busy_while_it_is_written(api: Api, workspace: LocalWorkspace, shop: str, infer: str) -> None:
    fault = api.call("POST", "/_local/faults", json={"kind": "stuck", "resource": "shop/held"}).json()
    path, body = f"{_NAME}/deployments/held", bodies.deployment(infer, "held")
    first = api.arm("PUT", path, json=body)
    assert first.json()["properties"]["provisioningState"] == "Creating"
    for method in ("PUT", "DELETE"):
        answer = api.arm(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "Conflict")
    assert api.arm("DELETE", _NAME).status_code == 409
    api.call("DELETE", f"/_local/faults/{fault['id']}")
    assert api.done(first)["status"] == "Succeeded"
    api.done(api.arm("DELETE", path))


def test_scaling_changes_the_number_of_instances(api: Api, shop: str, infer: str) -> None:
    answer = api.arm("PATCH", f"{_NAME}/deployments/green", json={"sku": {"capacity": 2}})
    assert answer.status_code == 202
    assert api.done(answer)["status"] == "Succeeded"
    assert api.arm("GET", f"{_NAME}/deployments/green").json()["sku"]["capacity"] == 2


def test_writing_the_same_again_keeps_the_instances(api: Api, shop: str, infer: str) -> None:
    path, body = f"{_NAME}/deployments/same", bodies.deployment(infer, "same")
    api.done(api.arm("PUT", path, json=body))
    before = api.arm("POST", f"{path}/getLogs", json={}).json()["content"]
    api.done(api.arm("PUT", path, json={**body, "tags": {"a": "b"}}))
    assert api.arm("POST", f"{path}/getLogs", json={}).json()["content"] == before
    assert api.arm("GET", path).json()["tags"] == {"a": "b"}
    api.done(api.arm("DELETE", path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sku": {"name": "Default", "capacity": 0}}, "instance count is 0"),
        ({"sku": {"name": "Default", "capacity": 51}}, "instance count is 51"),
        ({"instanceType": "Standard_X1"}, "not in the local catalogue"),
        ({"requestSettings": {"requestTimeout": "PT181S"}}, "at most 180 seconds"),
        ({"livenessProbe": {"successThreshold": 2}}, "must be 1"),
        ({"readinessProbe": {"period": "ten"}}, "not an ISO 8601 duration"),
        ({"scaleSettings": {"scaleType": "TargetUtilization"}}, "'Default' only"),
        ({"model": "azureml:ghost:1"}, "'1' of 'ghost'"),
        ({"environmentId": "azureml:ghost:1"}, "'1' of 'ghost'"),
        ({"environmentVariables": {"A": "${{keyvault:x}}"}}, "secret store"),
        ({"sku": {"name": "Default", "capacity": 40}}, "Not enough quota"),
    ],
)
def test_a_deployment_that_azure_refuses_is_refused(
    api: Api, shop: str, infer: str, change: dict[str, Any], said: str
) -> None:
    body = bodies.deployment(infer)
    body |= {"sku": change.pop("sku")} if "sku" in change else {}
    body["properties"] |= change
    answer = api.arm("PUT", f"{_NAME}/deployments/wrong", json=body)
    assert answer.status_code in {400, 404}
    assert said in answer.json()["error"]["message"]
    assert api.arm("GET", f"{_NAME}/deployments/wrong").status_code == 404


def test_an_image_that_nothing_stands_for_fails_by_name(api: Api, shop: str) -> None:
    other = api.arm("PUT", "/environments/other/versions/1", json=bodies.environment("docker.io/other:1")).json()["id"]
    done = api.done(api.arm("PUT", f"{_NAME}/deployments/strange", json=bodies.deployment(other)))
    assert done["status"] == "Failed"
    assert "Nothing here stands for the image 'docker.io/other:1'" in done["error"]["message"]
    api.done(api.arm("DELETE", f"{_NAME}/deployments/strange"))


def test_a_deployment_of_no_endpoint_is_not_found(api: Api, infer: str) -> None:
    path = "/onlineEndpoints/nowhere/deployments/blue"
    assert api.arm("PUT", path, json=bodies.deployment(infer)).status_code == 404


def test_deleting_what_is_not_there_is_no_error(api: Api, shop: str) -> None:
    assert api.arm("DELETE", f"{_NAME}/deployments/ghost").status_code == 204
    assert api.arm("DELETE", "/onlineEndpoints/ghost").status_code == 204


def _scored(address: str, token: str) -> int:
    return requests.post(address, json={}, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code


def test_an_endpoint_with_tokens_of_its_own_takes_those(api: Api, infer: str) -> None:
    path = "/onlineEndpoints/token-shop"
    api.done(api.arm("PUT", path, json=bodies.endpoint(authMode="AMLToken")))
    api.done(api.arm("PUT", f"{path}/deployments/blue", json=bodies.deployment(infer)))
    api.done(api.arm("PUT", path, json=bodies.endpoint(authMode="AMLToken", traffic={"blue": 100})))
    address = api.arm("GET", path).json()["properties"]["scoringUri"]
    token = api.arm("POST", f"{path}/token").json()["accessToken"]
    assert (_scored(address, token), _scored(address, "wrong")) == (200, 401)
    assert api.arm("POST", f"{path}/listKeys").status_code == 400


def test_an_endpoint_behind_entra_takes_the_tokens_it_issues(api: Api, workspace: LocalWorkspace, infer: str) -> None:
    path, connection = "/onlineEndpoints/entra-shop", workspace.connection
    api.done(api.arm("PUT", path, json=bodies.endpoint(authMode="AADToken")))
    api.done(api.arm("PUT", f"{path}/deployments/blue", json=bodies.deployment(infer)))
    api.done(api.arm("PUT", path, json=bodies.endpoint(authMode="AADToken", traffic={"blue": 100})))
    address = api.arm("GET", path).json()["properties"]["scoringUri"]
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["client_id"],
        "client_secret": connection["client_secret"],
    }
    issued = api.call("POST", f"/{connection['tenant_id']}/oauth2/v2.0/token", data=form).json()["access_token"]
    assert [_scored(address, token) for token in (issued, workspace.token, "wrong")] == [200, 200, 401]


def test_deployments_count_for_the_quota_of_their_family(api: Api, shop: str) -> None:
    location = (
        f"/subscriptions/{api.workspace.split('/')[2]}/providers/Microsoft.MachineLearningServices/locations/local"
    )
    query = {"api-version": "2024-04-01"}
    usages = api.call("GET", f"{location}/usages", params=query).json()["value"]
    used = {each["name"]["value"]: each["currentValue"] for each in usages}
    assert used["standardDSv2Family"] >= 2 * 2 * 4  # two slots of four cores, a fifth more and rounded up
    sizes = api.call("GET", f"{location}/vmSizes", params=query).json()["value"]
    assert "Standard_DS3_v2" in [each["name"] for each in sizes]


def test_the_workspace_is_in_the_lists_of_its_group_and_subscription(api: Api) -> None:
    group = api.workspace.partition("/workspaces")[0]
    subscription = f"/subscriptions/{api.workspace.split('/')[2]}{group.partition('local')[2]}"
    for scope in (group, subscription):
        answer = api.call("GET", f"{scope}/workspaces", params={"api-version": "2024-04-01"})
        assert [each["name"] for each in answer.json()["value"]] == ["local"]
