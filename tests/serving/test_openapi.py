"""The OpenAPI document tells the truth: its examples are answered, and every answer is one that it allows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from serving import fields
from serving.errors import CODES
from serving.model import Model
from serving.openapi import document
from serving.request import MOST_QUANTILES
from serving.settings import Settings
from tests.serving.conformance import Contract
from tests.serving.conftest import Serve
from tests.serving.process import CHECKOUT, JSON_HEADERS, Service, read_answer, wait_until
from tests.serving.test_bad_requests import BODIES, DAYS, REQUESTS

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}
GOOD: dict[str, Any] = {
    "plain": {"series": [KEY]},
    "ids and an unknown item": {
        "series": [{**KEY, "id": 1}, {"store_id": "new", "item_id": "new"}],
        "unknown": "fallback",
        "quantiles": [0.005, 0.995],
    },
    "history": {"series": [{**KEY, "history": [{"date": "2024-12-31", "sales": 0.5, "price": None}]}], "horizon": 1},
    "table": {"input_data": {"columns": ["store_id", "item_id"], "index": ["a"], "data": [list(KEY.values())]}},
}
SMALL = ["/live", "/ready", "/health", "/version", "/metrics", "/openapi.json", "/docs"]
ANSWERED = GOOD | {name: body for name, (body, *_) in (REQUESTS | DAYS).items()}


@pytest.fixture(scope="module")
def contract(service: Service) -> Contract:
    return Contract(service.get("/openapi.json").json)


def test_the_document_is_valid_openapi_with_and_without_a_model(model: Model) -> None:
    for known in (model, None):
        OpenAPIV31SpecValidator(document(known, Settings())).validate()


def test_every_route_and_every_code_is_described(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    said = {
        status: tuple(schemas[f"Error{status}"]["properties"]["error"]["properties"]["code"]["enum"])
        for status in CODES
    }

    assert set(contract.document["paths"]) == {"/score", *SMALL, "/docs/{file}"}
    assert said == CODES


def test_an_examples_request_fits_its_schema_and_is_answered_as_its_answer_says(
    service: Service, contract: Contract
) -> None:
    shown = contract.responses("/score", "post")["200"]["content"]["application/json"]["examples"]
    examples = contract.examples()

    assert len(examples) >= 5
    assert set(shown) == set(examples) - {"table"}
    for name, request in examples.items():
        answer = service.score(request)
        assert contract.errors(contract.request_schema(), request) == []
        contract.check(answer, "/score", "post")
        assert answer.status == 200, answer.body
        assert name == "table" or shown[name]["value"] == answer.json


def test_examples_of_errors_are_what_is_answered(service: Service, contract: Contract) -> None:
    text = {"content-type": "text/csv"}
    provoked = {
        400: service.request("POST", "/score", b'{"series": [', JSON_HEADERS),
        404: service.get("/docs/none.js"),
        405: service.get("/score"),
        415: service.request("POST", "/score", b"", text),
        422: service.score({"series": [KEY, {**KEY, "id": 1}, {**KEY, "id": 2}, {"store_id": "north_1"}]}),
    }
    for status, answer in provoked.items():
        content = contract.document["components"]["responses"][f"Error{status}"]["content"]["application/json"]
        examples = [example["value"] for example in content["examples"].values()]
        assert (answer.status, [answer.json]) == (status, examples)


@pytest.mark.parametrize("name", ANSWERED)
def test_an_answer_to_a_good_or_bad_request_is_one_that_is_described(
    service: Service, contract: Contract, name: str
) -> None:
    answer = service.score(ANSWERED[name], **{"x-ms-client-request-id": "abc"})

    contract.check(answer, "/score", "post")
    assert (answer.status == 200) == (name in GOOD)
    assert answer.headers["x-ms-client-request-id"] == "abc"


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_to_what_is_not_json_is_one_that_is_described(
    service: Service, contract: Contract, name: str
) -> None:
    contract.check(service.request("POST", "/score", BODIES[name][0], JSON_HEADERS), "/score", "post")


@pytest.mark.parametrize("path", SMALL)
def test_the_small_routes_answer_what_is_described(service: Service, contract: Contract, path: str) -> None:
    contract.check(service.get(path), path)
    contract.check(service.request("DELETE", path), path)


def test_without_a_model_503_is_answered_as_described(serve: Serve, contract: Contract) -> None:
    with serve(None) as empty:
        for path in ("/ready", "/health", "/version", "/docs", "/openapi.json"):
            contract.check(empty.get(path), path)
        contract.check(empty.score({"series": [KEY]}), "/score", "post")
        general = empty.get("/openapi.json").json["components"]["schemas"]

    assert general["ScoreRequest"]["properties"]["horizon"]["maximum"] == 180
    assert list(general["FutureDay"]["patternProperties"]) == ["^known_"]


def test_refusals_for_want_of_room_or_time_are_answered_as_described(
    model_dir: Path, serve: Serve, contract: Contract
) -> None:
    with serve(model_dir, SERVING_MAX_REQUESTS="1", SERVING_RECEIVE_SECONDS="1.5") as service:
        waiting = service.ready().connect()
        waiting.putrequest("POST", "/score")
        for name, value in {**JSON_HEADERS, "content-length": "9"}.items():
            waiting.putheader(name, value)
        waiting.endheaders()  # and no body
        wait_until(lambda: b"retail_queued_requests 1\n" in service.get("/metrics").body)
        refused, late = service.score({"series": [KEY]}), read_answer(waiting)
        waiting.close()
    with serve(model_dir, SERVING_DEADLINE_SECONDS="0") as service:
        too_late = service.ready().score({"series": [KEY]})

    assert [answer.status for answer in (refused, late, too_late)] == [429, 408, 503]
    for answer in (refused, late, too_late):
        contract.check(answer, "/score", "post")


def test_every_code_in_the_source_is_one_that_is_described() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in (CHECKOUT / "serving").glob("*.py"))
    raised = {(int(status), code) for status, code in re.findall(r'\(\s*([45]\d\d),\s*"([a-z-]+)"', source)}

    assert len(raised) >= 10
    assert {(status, code) for status, code in raised if code not in CODES.get(status, ())} == set()


def test_a_loaded_models_document_is_exact_for_it(contract: Contract, model: Model) -> None:
    schemas = contract.document["components"]["schemas"]
    options = schemas["ScoreRequest"]["properties"]
    day = schemas["HistoryDay"]["properties"]

    assert options["horizon"]["maximum"] == model.artifact.horizon_max == 28
    assert (options["quantiles"]["items"]["minimum"], options["quantiles"]["maxItems"]) == (0.005, MOST_QUANTILES)
    assert options["series"]["maxItems"] == 100
    assert set(day) == {"date", *model.parser.schemas.history}
    assert "Easter" in day["event_name"]["enum"]


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("price", fields.SMALLEST_PRICE, True),
        ("price", fields.SMALLEST_PRICE / 2, False),
        ("price", fields.LARGEST_NUMBER, True),
        ("price", fields.LARGEST_NUMBER * 1.1, False),
        ("promo", True, True),
        ("promo", 1.0, True),
        ("promo", 2, False),
        ("known_payday", 1, True),
        ("known_payday", -1, False),
        ("known_payday", 0.5, False),
        ("event_name", None, True),
        ("event_name", "No such event", False),
        ("event_type", "x" * fields.LONGEST_TEXT, True),
        ("event_type", "x" * (fields.LONGEST_TEXT + 1), False),
    ],
)
def test_the_schemas_bounds_are_those_of_the_service(
    service: Service, contract: Contract, field: str, value: Any, fits: bool
) -> None:
    request = {"series": [{**KEY, "future": [{"date": "2024-12-31", field: value}]}]}

    assert (contract.errors(contract.request_schema(), request) == []) is fits
    assert service.score(request).status == (200 if fits else 422)


def test_every_object_says_which_properties_it_can_have(contract: Contract) -> None:
    def objects(node: Any) -> list[dict[str, Any]]:
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node] if isinstance(node, dict) and node.get("type") == "object" else []
        return own + [found for value in inner for found in objects(value)]

    found = objects(contract.document["components"]["schemas"])
    assert len(found) > 20
    assert [node for node in found if "additionalProperties" not in node] == []
