"""Requests that no client would send: names, query parameters and bodies of every route. Refused, never a failure.

The management API refuses as Azure Resource Manager does, the storage account as the Blob service does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.app.build import OPERATIONS
from retailctl.emulator.routes.table import Operation
from tests.emulator import bodies
from tests.emulator.api import Api

pytestmark = pytest.mark.contract

_SETTINGS = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
_PARAMETER = re.compile(r"\{\w+\}")
_TEXT = st.text(max_size=12) | st.sampled_from(
    ["", "\0", "..", "a" * 3000, "%00", "-1", "1e9", "999999999999999999999"]
)
_NAME = st.text(min_size=1, max_size=40) | st.sampled_from(["..", "shop", "blue", "e", "1", "a" * 300, "%2e%2e"])
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_QUERIES = (
    "$skip", "$top", "$orderBy", "$tags", "$filter", "count", "offset", "listViewType", "tags", "tag", "properties",
    "name", "names", "searchText", "isDefault", "orderBy", "orderByAsc", "computeType", "jobType", "version", "stage",
    "hash", "hashVersion", "skipValidation", "metricnames", "timespan", "interval", "aggregation", "api-version",
)  # fmt: skip
_BLOB_QUERIES = (
    "comp", "restype", "prefix", "delimiter", "marker", "maxresults", "include", "blockid", "snapshot", "versionid",
    "sig", "sp", "se", "st", "sr", "sv", "sip", "srt", "ss", "timeout",
)  # fmt: skip
_OTHERS: dict[str, dict[str, Any]] = {
    "PATCH /history/v1.0{workspace}/experiments/e/runs/j": {"tags": {}, "hidden": False},
    "POST /history/v1.0{workspace}/rundata": {"runId": "j"},
    "POST /data/v1.0{workspace}/dataversion/batchGetResolvedUris": {"values": []},
    "PUT /_local/pace": {"pace": "immediate", "transitions": {}},
    "POST /_local/faults": {"kind": "status", "path": "/never", "status": 503, "count": 1},
    "PUT /_local/chaos": {"seed": 1, "rate": 0.0, "kinds": ["throttle"]},
}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """A workspace with an endpoint, in which nothing runs."""
    with LocalWorkspace() as workspace:
        found = Api.of(workspace)
        found.arm("PUT", "/environments/e/versions/1", json=bodies.environment())
        found.done(found.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
        yield found


def _check_refusal(answer: requests.Response, told: object) -> None:
    """An answer is no failure of the server, and a refusal has Azure's shape."""
    assert answer.status_code < 500 or answer.status_code == 501, (told, answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["error"]["code"], told
        assert answer.json()["error"]["message"], told


def _filled(operation: Operation, data: st.DataObject) -> str:
    return _PARAMETER.sub(lambda _: quote(data.draw(_NAME), safe=""), operation.path)


@_SETTINGS
@given(data=st.data())
def test_names_in_paths_are_taken_or_refused(api: Api, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    path = _filled(operation, data)
    body = {"json": data.draw(st.sampled_from([{}, [], {"properties": {}}]))} if operation.method != "GET" else {}
    _check_refusal(api.arm(operation.method, path, **body), (operation.name, path))


@_SETTINGS
@given(data=st.data())
def test_query_parameters_are_taken_or_refused(api: Api, data: st.DataObject) -> None:
    asked = [each for each in OPERATIONS if each.method == "GET"]
    metrics = ["/onlineEndpoints/shop/providers/microsoft.insights/metrics"] * 8
    paths = [_PARAMETER.sub("e", each.path).replace("onlineEndpoints/e", "onlineEndpoints/shop") for each in asked]
    path = data.draw(st.sampled_from(paths + metrics))
    query = data.draw(st.dictionaries(st.sampled_from(_QUERIES), _TEXT, max_size=4))
    _check_refusal(api.arm("GET", path, params=query), (path, query))


@_SETTINGS
@given(data=st.data())
def test_bodies_beside_the_management_api_are_taken_or_refused(api: Api, data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(sorted(_OTHERS)))
    method, path = asked.format(workspace=api.workspace).split(" ")
    body: Any = dict(_OTHERS[asked])
    if data.draw(st.booleans()):
        body[data.draw(st.sampled_from([*body, "nonsense"]))] = data.draw(_VALUE)
    else:
        body = data.draw(_VALUE)
    answer = api.call(method, path, json=body)
    api.call("DELETE", "/_local/faults")
    api.call("DELETE", "/_local/chaos")
    api.call("PUT", "/_local/pace", json={"pace": "immediate"})
    _check_refusal(answer, (asked, body))


@_SETTINGS
@given(data=st.data())
def test_the_storage_account_refuses_as_the_blob_service_does(api: Api, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(["", "/azureml", "/azureml/x", "/never"])) or "/"
    if data.draw(st.booleans()):
        place = "/" + quote(data.draw(_NAME), safe="/")
    method = data.draw(st.sampled_from(["GET", "HEAD", "PUT", "DELETE"]))
    query = data.draw(st.dictionaries(st.sampled_from(_BLOB_QUERIES), _TEXT, max_size=3))
    headers = {"x-ms-range": data.draw(st.sampled_from(["", "bytes=5-", "bytes=9-1", "x", "bytes=0-99999999999999"]))}
    if data.draw(st.booleans()) and "sig" in query:
        headers["Authorization"] = "None"
    answer = api.call(method, f"/local.blob.core.local{place}", params=query, headers=headers, data=b"<x/>")
    told = (method, place, query, headers, answer.text)
    assert answer.status_code < 500 or answer.status_code == 501, told
    if answer.status_code >= 400 and method != "HEAD" and "x-ms-error-code" in answer.headers:
        assert ElementTree.fromstring(answer.content).findtext("Code") == answer.headers["x-ms-error-code"], told
