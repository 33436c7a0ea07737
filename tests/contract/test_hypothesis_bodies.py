"""Bodies that are not what the published descriptions say: refused as Azure refuses, never a failure of the server.

The fields come from the descriptions themselves. What is accepted all the same must conform: the watcher of this
folder holds every accepted request against the description.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.app.build import OPERATIONS
from tests.contract.conformance import descriptions
from tests.contract.openapi import Json
from tests.emulator import bodies
from tests.emulator.api import VERSION, Api

pytestmark = pytest.mark.contract

_ENVIRONMENT = "azureml:unmatched:1"
_CALLS: dict[str, tuple[str, str, Json]] = {
    "OnlineEndpoints_CreateOrUpdate": ("PUT", "/onlineEndpoints/shop", bodies.endpoint()),
    "OnlineEndpoints_Update": ("PATCH", "/onlineEndpoints/shop", {"tags": {"a": "b"}}),
    "OnlineEndpoints_RegenerateKeys": ("POST", "/onlineEndpoints/shop/regenerateKeys", {"keyType": "Primary"}),
    "OnlineDeployments_CreateOrUpdate": (
        "PUT",
        "/onlineEndpoints/shop/deployments/blue",
        bodies.deployment(_ENVIRONMENT, livenessProbe={"period": "PT1S"}, requestSettings={}, scaleSettings=None),
    ),
    "OnlineDeployments_Update": ("PATCH", "/onlineEndpoints/shop/deployments/blue", {"sku": {"capacity": 2}}),
    "OnlineDeployments_GetLogs": ("POST", "/onlineEndpoints/shop/deployments/blue/getLogs", {"tail": 5}),
    "EnvironmentVersions_CreateOrUpdate": ("PUT", "/environments/e/versions/1", bodies.environment()),
    "EnvironmentContainers_CreateOrUpdate": ("PUT", "/environments/e", {"properties": {"tags": {}}}),
    "ModelVersions_CreateOrUpdate": (
        "PUT",
        "/models/m/versions/1",
        {"properties": {"modelUri": "azureml://datastores/workspaceblobstore/paths/none", "flavors": {}}},
    ),
    "ModelContainers_CreateOrUpdate": ("PUT", "/models/m", {"properties": {"description": "x"}}),
    "DataVersions_CreateOrUpdate": (
        "PUT",
        "/data/d/versions/1",
        {"properties": {"dataType": "uri_folder", "dataUri": "azureml://datastores/workspaceblobstore/paths/none"}},
    ),
    "CodeVersions_CreateOrUpdate": ("PUT", "/codes/c/versions/1", {"properties": {"codeUri": "https://x/y/z"}}),
    "CodeContainers_CreateOrUpdate": ("PUT", "/codes/c", {"properties": {"description": "x"}}),
    "DataContainers_CreateOrUpdate": ("PUT", "/data/d", {"properties": {"dataType": "uri_folder"}}),
    "Compute_CreateOrUpdate": (
        "PUT",
        "/computes/own",
        {"properties": {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2"}}},
    ),
    "Compute_Update": ("PATCH", "/computes/cpu-cluster", {"properties": {"properties": {}}}),
    "Datastores_CreateOrUpdate": (
        "PUT",
        "/datastores/own",
        {
            "properties": {
                "datastoreType": "AzureBlob",
                "accountName": "local",
                "containerName": "azureml",
                "credentials": {"credentialsType": "None"},
            }
        },
    ),
    "CodeVersions_CreateOrGetStartPendingUpload": ("POST", "/codes/c/versions/1/startPendingUpload", {}),
    "Jobs_CreateOrUpdate": (
        "PUT",
        "/jobs/j",
        bodies.job(
            _ENVIRONMENT,
            "true",
            inputs={"x": {"jobInputType": "literal", "value": "1"}},
            outputs={"y": {"jobOutputType": "uri_folder"}},
            resources={"instanceCount": 1},
            limits={"jobLimitsType": "Command", "timeout": "PT1M"},
        ),
    ),
}
# Objects that have no meaning here: only that they are objects is checked.
_TAKEN_WHOLE = {"autologgerSettings", "dataCollector", "notificationSetting", "queueSettings", "services", "build"}
_TAKEN_WHOLE |= {"intellectualProperty"}
_TEXT_MAPS = {"tags", "properties", "environmentVariables", *_TAKEN_WHOLE}
_SETTINGS = settings(
    max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
_TEXT = st.text(max_size=12) | st.sampled_from(["", "\0", "..", "a" * 5000, "PT", "azureml:", "azureml://", "${{x}}"])
_LEAF = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
# Null is taken for absent, which the descriptions do not say of every field.
_VALUE = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=6
)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """A workspace in which no image stands for anything, so that nothing that is accepted runs."""
    with LocalWorkspace() as workspace:
        found = Api.of(workspace)
        found.arm("PUT", "/environments/unmatched/versions/1", json=bodies.environment())
        found.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint())
        yield found


def _described(name: str) -> list[tuple[str, ...]]:
    """Path of every field that the description has for an operation's body."""
    description = descriptions()[VERSION]
    method, path, body = _CALLS[name]
    below = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
    operation = description.operation(method, below + path)
    assert operation is not None
    assert operation.request is not None
    root = operation.request["$ref"].rsplit("/", 1)[-1]
    return list(_fields(description.schemas(sent=True, strict=True), {"$ref": f"#/$defs/{root}"}, body, ()))


def _fields(schemas: dict[str, Json], schema: Json, value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    while "$ref" in schema or "anyOf" in schema:
        schema = schema["anyOf"][0] if "anyOf" in schema else schemas[schema["$ref"].rsplit("/", 1)[-1]]
    for choice in schema.get("allOf", ()):
        ((tag, wanted),) = choice["if"]["properties"].items()
        if isinstance(value, dict) and value.get(tag) == wanted["const"]:
            yield from _fields(schemas, choice["then"], value, path)
    for name, found in schema.get("properties", {}).items():
        yield (*path, name)
        if len(path) < 3 and name not in _TAKEN_WHOLE:
            yield from _fields(schemas, found, value.get(name) if isinstance(value, dict) else None, (*path, name))


def _with(body: Json, path: tuple[str, ...], value: Any) -> Json:
    """A copy of the body with one field set, and the objects on the way to it made."""
    found = copy.deepcopy(body)
    target = found
    for part in path[:-1]:
        if not isinstance(target.get(part), dict):
            target[part] = {}
        target = target[part]
    target[path[-1]] = value
    return found


def _wrong(path: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Values for a field; in maps of texts numbers are taken as texts, since the official SDK sends them."""
    return _VALUE.filter(lambda value: path[-1] not in _TEXT_MAPS or not isinstance(value, dict) or not value)


def _send(api: Api, name: str, body: Any) -> int:
    method, path, _ = _CALLS[name]
    answer = api.arm(method, path, json=body)
    if answer.status_code >= 400:
        assert answer.json()["error"]["code"]
        assert answer.json()["error"]["message"]
    assert answer.status_code < 500 or answer.status_code == 501, (name, body, answer.text)
    return answer.status_code


def test_every_operation_that_takes_a_body_is_among_them() -> None:
    description = descriptions()[VERSION]
    taking = {name for name, _, _, has_body in description.listing() if has_body}
    assert {each.name for each in OPERATIONS} & taking == set(_CALLS)


@_SETTINGS
@given(data=st.data())
def test_a_field_with_any_value_is_taken_as_described_or_refused(api: Api, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_CALLS)))
    path = data.draw(st.sampled_from(_described(name)))
    _send(api, name, _with(_CALLS[name][2], path, data.draw(_wrong(path))))


@_SETTINGS
@given(data=st.data())
def test_a_field_that_is_not_described_is_refused(api: Api, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_CALLS)))
    objects = [(), *([("properties",)] if "properties" in _CALLS[name][2] else [])]
    path = (*data.draw(st.sampled_from(objects)), data.draw(st.sampled_from(["traffc", "x", "é", "a.b"])))
    assert 400 <= _send(api, name, _with(_CALLS[name][2], path, data.draw(_VALUE))) < 500


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("OnlineEndpoints_CreateOrUpdate", ("location",)),
        ("OnlineEndpoints_CreateOrUpdate", ("properties",)),
        ("OnlineEndpoints_CreateOrUpdate", ("properties", "authMode")),
        ("OnlineEndpoints_RegenerateKeys", ("keyType",)),
        ("OnlineDeployments_CreateOrUpdate", ("location",)),
        ("OnlineDeployments_CreateOrUpdate", ("properties", "endpointComputeType")),
        ("EnvironmentVersions_CreateOrUpdate", ("properties",)),
        ("ModelVersions_CreateOrUpdate", ("properties",)),
        ("DataVersions_CreateOrUpdate", ("properties", "dataUri")),
        ("DataVersions_CreateOrUpdate", ("properties", "dataType")),
        ("Jobs_CreateOrUpdate", ("properties", "jobType")),
        ("Jobs_CreateOrUpdate", ("properties", "command")),
        ("Jobs_CreateOrUpdate", ("properties", "environmentId")),
        ("Jobs_CreateOrUpdate", ("properties", "inputs", "x", "jobInputType")),
    ],
)
def test_a_field_that_must_be_there_is_missed(api: Api, name: str, path: tuple[str, ...]) -> None:
    body = copy.deepcopy(_CALLS[name][2])
    target = body
    for part in path[:-1]:
        target = target[part]
    del target[path[-1]]
    assert _send(api, name, body) == 400


@_SETTINGS
@given(body=_VALUE, name=st.sampled_from(sorted(_CALLS)))
def test_a_body_that_is_no_such_object_is_refused(api: Api, body: Any, name: str) -> None:
    if body in ({}, None):
        return
    assert 400 <= _send(api, name, body) < 500
