"""What the routes take and answer, as OpenAPI: strict schemas with examples.

Written out because requests are checked by hand (see ``request``); a test puts the examples to the service.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.fields import LARGEST_NUMBER, LONGEST_TEXT
from serving.request import UNKNOWN

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
DAY: Schema = {"type": "string", "format": "date", "example": "2024-12-31"}
ID: Schema = {"oneOf": [TEXT, {"type": "integer"}], "description": "The caller's own, echoed in the answer."}


def strict(properties: Schema, required: list[str], **more: Any) -> Schema:
    """An object without other properties than these."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


NUMBER: Schema = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
DAY_FIELDS: Schema = {
    "date": DAY,
    "price": nullable({"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_NUMBER}),
    "promo": nullable({"enum": [0, 1]}),
    "event_name": nullable(TEXT),
    "event_type": nullable(TEXT),
}
KNOWN: Schema = {"patternProperties": {"^known_": nullable(NUMBER)}}
SALES: Schema = {"sales": {"type": "number", "minimum": 0, "maximum": LARGEST_NUMBER}}
SERIES: Schema = {"store_id": TEXT, "item_id": TEXT}
STATICS: Schema = {"dept_id": TEXT, "cat_id": TEXT, "state_id": TEXT}
OPTIONS: Schema = {
    "horizon": {"type": "integer", "minimum": 1, "description": "Days to forecast; default: the model's longest."},
    "quantiles": array(
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        uniqueItems=True,
        description="Levels within the model's range; default: those it was trained for.",
    ),
    "unknown": {"enum": list(UNKNOWN), "default": UNKNOWN[0], "description": "What to do with untrained series."},
}

SCHEMAS: dict[str, Schema] = {
    "FutureDay": strict(DAY_FIELDS, ["date"], **KNOWN, description="What is known of a day of the forecast."),
    "HistoryDay": strict(DAY_FIELDS | SALES, ["date", "sales"], **KNOWN, description="Sales that came after training."),
    "KeyedFutureDay": strict(SERIES | DAY_FIELDS, [*SERIES, "date"], **KNOWN),
    "KeyedHistoryDay": strict(SERIES | DAY_FIELDS | SALES, [*SERIES, "date", "sales"], **KNOWN),
    "Series": strict(
        SERIES | {"id": ID, "future": array(ref("FutureDay")), "history": array(ref("HistoryDay"))} | STATICS,
        list(SERIES),
        description="One forecast. A series may be asked for several times, each with its own `id`.",
    ),
    "ScoreRequest": strict(
        {
            "series": array(ref("Series"), minItems=1),
            "future": array(ref("KeyedFutureDay")),
            "history": array(ref("KeyedHistoryDay")),
        }
        | OPTIONS,
        ["series"],
    ),
    "TabularRequest": strict(
        {
            "input_data": strict(
                {
                    "columns": array(TEXT, minItems=2, uniqueItems=True),
                    "data": array(array({}), minItems=1),
                    "index": array({}),
                },
                ["columns", "data"],
            ),
            "params": strict(OPTIONS, []),
        },
        ["input_data"],
        description="Azure ML's tabular form: a row a series, or a row a series and day.",
    ),
    "Model": strict(
        {
            "name": nullable({"type": "string"}),
            "version": nullable({"type": "string"}),
            "origin": DAY,
            "horizon": {"type": "integer"},
            "fingerprint": {"type": "string"},
        },
        ["name", "version", "origin", "horizon", "fingerprint"],
    ),
    "Forecast": strict(
        SERIES
        | {
            "id": ID,
            "fallback": {"const": True, "description": "Only there when training had not this series."},
            "dates": array(DAY),
            "mean": array({"type": "number", "minimum": 0}),
            "quantiles": {"type": "object", "additionalProperties": array({"type": "number", "minimum": 0})},
        },
        [*SERIES, "dates", "mean", "quantiles"],
    ),
    "ScoreResponse": strict({"model": ref("Model"), "forecasts": array(ref("Forecast"))}, ["model", "forecasts"]),
    "Error": strict(
        {
            "error": strict(
                {
                    "code": {"type": "string", "example": "invalid-value"},
                    "message": {"type": "string"},
                    "field": nullable({"type": "string", "example": "series[3].item_id"}),
                },
                ["code", "message", "field"],
            )
        },
        ["error"],
    ),
}

EXAMPLES: dict[str, Schema] = {
    "one series": {
        "value": {
            "series": [{"store_id": "north_1", "item_id": "GROCERY_001"}],
            "horizon": 28,
            "quantiles": [0.1, 0.5, 0.9],
        }
    },
    "two price plans": {
        "value": {
            "series": [
                {"store_id": "north_1", "item_id": "GROCERY_001", "id": "as planned"},
                {
                    "store_id": "north_1",
                    "item_id": "GROCERY_001",
                    "id": "cheaper",
                    "future": [{"date": "2024-12-31", "price": 1.49}],
                },
            ],
            "horizon": 7,
        }
    },
    "table": {
        "value": {
            "input_data": {"columns": ["store_id", "item_id"], "data": [["north_1", "GROCERY_001"]]},
            "params": {"horizon": 7},
        }
    },
}


def answers(meaning: str, schema: Schema, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": meaning, "content": {media_type: {"schema": schema}}}


ERRORS = {
    "400": "The body is not JSON.",
    "405": "Another method than POST.",
    "413": "The body is too large, or asks for too many series.",
    "415": "The body is not application/json.",
    "422": "A field is missing, unknown or holds a wrong value; `field` names it.",
    "503": "The model is not in memory; the message says why.",
}
SCORE: dict[str, Any] = {
    "post": {
        "summary": "Forecast daily sales",
        "operationId": "score",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [ref("ScoreRequest"), ref("TabularRequest")]},
                    "examples": EXAMPLES,
                }
            },
        },
        "responses": {
            "200": answers("The forecasts, in the order of `series`.", ref("ScoreResponse")),
            **{status: answers(meaning, ref("Error")) for status, meaning in ERRORS.items()},
        },
    }
}


def _status(*fields: str) -> Schema:
    return {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status", *fields]}


STATUS_RESPONSES: dict[str, dict[int | str, dict[str, Any]]] = {
    "/live": {200: answers("The process answers.", _status())},
    "/ready": {
        200: answers("The model is in memory.", _status()),
        503: answers("Loading, failed or shutting down; `reason` says more.", _status("reason")),
    },
    "/health": {
        200: answers("Up, and the model is in memory.", _status("model_loaded", "timestamp")),
        503: answers("Up, without a model or shutting down.", _status("model_loaded", "timestamp", "reason")),
    },
    "/version": {200: answers("The model (null while it is not loaded) and the runtime.", {"type": "object"})},
    "/metrics": {200: answers("Prometheus text exposition 0.0.4.", {"type": "string"}, "text/plain")},
}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The whole document; made once and kept."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        document["paths"]["/score"] = SCORE
        document.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
        app.openapi_schema = document
    return app.openapi_schema
