"""The routes: every status that each can answer, its headers, its schema and examples."""

from __future__ import annotations

from typing import Any

from serving.errors import CODES
from serving.model import Model
from serving.openapi.examples import answer_examples, error_example, request_examples
from serving.openapi.shapes import Schema, ref
from serving.swagger import ASSETS

JSON = "application/json"
TEXT = {"schema": {"type": "string"}}
REQUEST_ID = r"^[A-Za-z0-9_.:-]{1,128}$"

TAGS = [
    {"name": "forecasts", "description": "What the service is for."},
    {"name": "state", "description": "For platforms and operators; none waits for a forecast."},
    {"name": "description", "description": "What the service takes and answers."},
]

PARAMETERS: dict[str, Schema] = {
    "RequestId": {
        "name": "x-request-id",
        "in": "header",
        "description": f"Echoed and logged; one is made up for a request without one that matches {REQUEST_ID}.",
        "schema": {"type": "string"},
    },
    "ClientRequestId": {
        "name": "x-ms-client-request-id",
        "in": "header",
        "description": f"Azure's name for the caller's own id; echoed and logged when it matches {REQUEST_ID}.",
        "schema": {"type": "string"},
    },
}
HEADERS: dict[str, Schema] = {
    "RequestId": {
        "description": "As in the log.",
        "required": True,
        "schema": {"type": "string", "pattern": REQUEST_ID},
    },
    "MaybeRequestId": {
        "description": "As in the log, when the request was read so far.",
        "schema": {"type": "string", "pattern": REQUEST_ID},
    },
    "ClientRequestId": {
        "description": "The request's own, when it had one that was read.",
        "schema": {"type": "string", "pattern": REQUEST_ID},
    },
    "RetryAfter": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {"description": "The methods that there are.", "required": True, "schema": {"type": "string"}},
}
MEANINGS: dict[int, str] = {
    400: "The body is not JSON: malformed, empty, not UTF-8, NaN or infinity in it, nested without end. Or the request "
    "is not HTTP.",
    404: "No such file.",
    405: "Another method than those allowed.",
    408: "The request did not arrive in time; the connection ends.",
    413: "The body is too large, or asks for too many series, days or numbers.",
    415: "The body is not application/json, or is compressed.",
    422: "A field is missing, unknown or holds a wrong value; `field` names it.",
    429: "Too much is waiting already; nothing was computed.",
    431: "The request's head is too large; the connection ends.",
    500: "A fault of the service, never of the request.",
    503: "The model is not in memory, the answer would have come too late, or there are too many connections.",
}
MORE_HEADERS: dict[int, Schema] = {
    405: {"allow": ref("Allow", "headers")},
    429: {"retry-after": ref("RetryAfter", "headers")},
    503: {"retry-after": ref("RetryAfter", "headers")},
}


def _response(meaning: str, content: Schema, headers: Schema | None = None, request_id: str = "RequestId") -> Schema:
    ids = {"x-request-id": ref(request_id, "headers"), "x-ms-client-request-id": ref("ClientRequestId", "headers")}
    return {"description": meaning, "headers": ids | (headers or {}), "content": content}


def _json(meaning: str, schema: str) -> Schema:
    return _response(meaning, {JSON: {"schema": ref(schema)}})


def _not_ready(meaning: str, schema: str) -> Schema:
    """503 of a route that says more of it than the error that every route can have."""
    either = {"schema": {"anyOf": [ref(schema), ref("Error503")]}}
    return _response(meaning, {JSON: either}, request_id="MaybeRequestId")


STATE: dict[str, tuple[str, dict[int, Schema]]] = {
    "/live": ("Is the process up?", {200: _json("It is.", "Live")}),
    "/ready": (
        "Is the model in memory?",
        {200: _json("It is.", "Ready"), 503: _not_ready("Loading, failed or shutting down.", "NotReady")},
    ),
    "/health": (
        "Both at once",
        {200: _json("Up, and the model is in memory.", "Health"), 503: _not_ready("Up, and not ready.", "Health")},
    ),
    "/version": (
        "Which model and code answer?",
        {200: _json("The model (null while it is not in memory) and the runtime.", "Version")},
    ),
    "/metrics": ("Counters for Prometheus", {200: _response("Text exposition 0.0.4.", {"text/plain": TEXT})}),
}
DESCRIPTION: dict[str, tuple[str, dict[int, Schema]]] = {
    "/openapi.json": (
        "This document",
        {200: _response("With a model in memory: exact for that model.", {JSON: {"schema": {"type": "object"}}})},
    ),
    "/docs": ("This document as a page", {200: _response("The page.", {"text/html": TEXT})}),
}
EVERY_ROUTES_ERRORS = (400, 405, 408, 431, 500, 503)
SCORE_ERRORS = (413, 415, 422, 429, *EVERY_ROUTES_ERRORS)
BEFORE_THE_APPLICATION = (400, 408, 431, 503)
"""Errors that a connection can end in before anybody has read its request's ids."""


def paths(model: Model | None) -> dict[str, Any]:
    """Path -> its operations; HEAD answers what GET does, without the body."""
    answered = {"schema": ref("ScoreResponse"), **_examples(answer_examples(model))}
    asked = {"schema": {"anyOf": [ref("ScoreRequest"), ref("TabularRequest")]}, **_examples(request_examples(model))}
    found = {200: _response("The forecasts, in the order of `series`.", {JSON: answered})}
    score = _operation("score", "Forecast daily sales", found, SCORE_ERRORS)
    score |= {"tags": ["forecasts"], "requestBody": {"required": True, "content": {JSON: asked}}}
    small = {
        path: {"get": _operation(_name(path), summary, responses) | {"tags": [tag]}}
        for tag, routes in (("state", STATE), ("description", DESCRIPTION))
        for path, (summary, responses) in routes.items()
    }
    return {"/score": {"post": score}} | small | {"/docs/{file}": {"get": _asset()}}


def error_responses() -> dict[str, Schema]:
    """Error<status> -> its response, for `components`."""
    return {
        f"Error{status}": _response(
            MEANINGS[status],
            {JSON: {"schema": ref(f"Error{status}"), **_examples(error_example(status))}},
            MORE_HEADERS.get(status),
            "MaybeRequestId" if status in BEFORE_THE_APPLICATION else "RequestId",
        )
        for status in CODES
    }


def _asset() -> Schema:
    kinds = {kind: {"schema": {"type": "string"}} for kind in ASSETS.values()}
    responses = {200: _response("The file.", kinds)}
    operation = _operation("docs_file", "What the page is made of", responses, (404, *EVERY_ROUTES_ERRORS))
    file = {"name": "file", "in": "path", "required": True, "schema": {"enum": list(ASSETS)}}
    return operation | {"tags": ["description"], "parameters": [file, *operation["parameters"]]}


def _operation(
    name: str, summary: str, responses: dict[int, Schema], errors: tuple[int, ...] = EVERY_ROUTES_ERRORS
) -> Schema:
    every = {status: ref(f"Error{status}", "responses") for status in errors} | responses
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [ref(parameter, "parameters") for parameter in PARAMETERS],
        "responses": {str(status): every[status] for status in sorted(every)},
    }


def _name(path: str) -> str:
    return path.strip("/").replace(".", "_")


def _examples(examples: dict[str, dict[str, Any]]) -> Schema:
    return {"examples": examples} if examples else {}
