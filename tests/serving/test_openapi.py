"""The OpenAPI document tells the truth: its examples are answered, and answers and errors fit its schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from serving.app import ROUTES
from serving.openapi import EXAMPLES
from tests.serving.process import Answer, Service

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    answer: dict[str, Any] = service.get("/openapi.json").json
    return answer


def test_every_route_is_described(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == ROUTES - {"/openapi.json"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_fit_their_schema_and_are_answered(service: Service, document: dict[str, Any], name: str) -> None:
    request = EXAMPLES[name]["value"]
    body = document["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]

    check(document, body["schema"], request)
    assert service.score(request).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        {"series": [KEY]},
        {"series": [{**KEY, "id": 1}, {"store_id": "new", "item_id": "new"}], "unknown": "fallback"},
        {"series": []},
        {"series": [KEY], "extra": 1},
    ],
)
def test_answers_fit_the_schema_of_their_status(
    service: Service, document: dict[str, Any], request_: dict[str, Any]
) -> None:
    fits(document, "/score", "post", service.score(request_))


@pytest.mark.parametrize("path", ["/live", "/ready", "/health", "/version"])
def test_status_routes_fit_their_schemas(service: Service, document: dict[str, Any], path: str) -> None:
    fits(document, path, "get", service.get(path))


@pytest.mark.parametrize("request_", [{"series": [KEY], "extra": 1}, {"series": [{**KEY, "x": 1}]}, {"series": []}, {}])
def test_schemas_are_strict(document: dict[str, Any], request_: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(document, {"$ref": "#/components/schemas/ScoreRequest"}, request_)


def test_no_page_fetches_anything_from_outside(service: Service) -> None:
    assert [service.get(path).status for path in ("/docs", "/redoc")] == [404, 404]


def fits(document: dict[str, Any], path: str, method: str, answer: Answer) -> None:
    responses = document["paths"][path][method]["responses"]
    check(document, responses[str(answer.status)]["content"]["application/json"]["schema"], answer.json)


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)
