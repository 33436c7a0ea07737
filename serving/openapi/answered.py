"""Schemas of what is answered: forecasts, the small routes, and errors with the codes that each status can have."""

from __future__ import annotations

from serving.errors import CODES
from serving.openapi.shapes import COUNT, DAY, ID, TIME, Schema, array, fixed, named, nullable, ref, strict
from training.features.spec import MAX_HORIZON

WORD: Schema = {"type": "string"}
NUMBERS: Schema = array({"type": "number", "minimum": 0}, minItems=1, maxItems=MAX_HORIZON)
STATES = ["loading", "ready", "failed", "draining"]
MODEL: dict[str, Schema] = {
    "name": nullable(WORD) | {"description": "null where the mounted folder does not tell."},
    "version": nullable(WORD) | {"description": "null where the mounted folder does not tell."},
    "origin": DAY | {"description": "First day to forecast without fresh history."},
    "horizon": {"type": "integer", "minimum": 1, "maximum": MAX_HORIZON, "description": "Longest, in days."},
    "fingerprint": WORD | {"description": "Of the training data."},
}
TRAINED: dict[str, Schema] = {
    "digest": WORD | {"description": "SHA-256 over the artifact: the model's identity."},
    "code_revision": WORD | {"description": "Git revision that trained, empty when it was not told."},
    "series": COUNT,
    "quantiles": array({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    "columns": array(WORD, description="What a day of `history` may say; `future` the same without `sales`."),
    "metrics": named(nullable({"type": "number"}), description="The backtest's figures."),
    "trained_with": named(WORD, description="Package -> version."),
}
RUNTIME: dict[str, Schema] = {"artifact_format": COUNT, "python": WORD, "numpy": WORD}

ANSWER_SCHEMAS: dict[str, Schema] = {
    "Model": fixed(MODEL),
    "Forecast": strict(
        {
            "store_id": WORD,
            "item_id": WORD,
            "id": ID,
            "fallback": {"const": True, "description": "Only there when training did not have this series."},
            "dates": array(DAY, minItems=1, maxItems=MAX_HORIZON, description="Consecutive days."),
            "mean": NUMBERS | {"description": "Expected units of each day."},
            "quantiles": {
                "type": "object",
                "patternProperties": {r"^0\.[0-9]+$": NUMBERS},
                "additionalProperties": False,
                "description": "Level as its shortest number (0.1 for 0.10) -> units of each day; levels do not cross.",
            },
        },
        ["store_id", "item_id", "dates", "mean", "quantiles"],
    ),
    "ScoreResponse": fixed({"model": ref("Model"), "forecasts": array(ref("Forecast"), minItems=1)}),
    "Live": fixed({"status": {"const": "live"}}),
    "Ready": fixed({"status": {"const": "ready"}}),
    "NotReady": fixed({"status": {"enum": [state for state in STATES if state != "ready"]}, "reason": WORD}),
    "Health": strict(
        {
            "status": {"enum": ["healthy", *(state for state in STATES if state != "ready")]},
            "model_loaded": {"type": "boolean"},
            "timestamp": TIME,
            "uptime_seconds": {"type": "number", "minimum": 0},
            "reason": WORD | {"description": "Only there when not healthy."},
        },
        ["status", "model_loaded", "timestamp", "uptime_seconds"],
    ),
    "Version": fixed({"model": nullable(fixed(MODEL | TRAINED)), "runtime": fixed(RUNTIME)}),
}


def error_schemas() -> dict[str, Schema]:
    """Error<status> -> the one shape of errors with the codes of that status."""
    return {f"Error{status}": _error(codes) for status, codes in CODES.items()}


def _error(codes: tuple[str, ...]) -> Schema:
    field = nullable({"type": "string", "examples": ["series[3].item_id"]})
    error = fixed(
        {
            "code": {"enum": list(codes), "description": "For programs; stable."},
            "message": {"type": "string", "minLength": 1, "description": "For people."},
            "field": field | {"description": "Path in the request's JSON of what is wrong, where one field is."},
        }
    )
    return fixed({"error": error})
