"""Examples to send as they are. With a model in memory they ask for a series it has, and the answers are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from serving.answer import answer
from serving.errors import RequestError, error_body
from serving.model import Model
from serving.openapi.shapes import Schema

HORIZON = 7


@dataclass(frozen=True, slots=True)
class Subject:
    """What the examples ask for."""

    store: str = "north_1"
    item: str = "GROCERY_001"
    days: tuple[str, str] = ("2024-12-31", "2025-01-01")
    """The first two days that can be forecast."""
    price: float | None = 1.99
    horizon: int = HORIZON

    @classmethod
    def of(cls, model: Model) -> Subject:
        """The first series of a model, at its last price."""
        artifact = model.artifact
        (store, item), row = next(iter(artifact.series.items()))
        prices = artifact.table.price[row]
        priced = prices[~np.isnan(prices)]
        first, second = artifact.origin + np.arange(2)
        price = max(round(float(priced[-1]), 2), 0.01) if len(priced) else None
        return cls(store, item, (str(first), str(second)), price, min(HORIZON, artifact.horizon_max))


def request_examples(model: Model | None) -> dict[str, dict[str, Any]]:
    """Name -> {"summary", "value"}: requests that are answered."""
    subject = Subject() if model is None else Subject.of(model)
    key = {"store_id": subject.store, "item_id": subject.item}
    asked = {"series": [key], "horizon": subject.horizon}
    sold = {**key, "date": subject.days[0], "sales": 12}
    table = {"columns": [*key, "date", "sales"], "data": [[*key.values(), subject.days[0], 12]]}
    new = {**key, "item_id": "an item of next season"}
    examples = {
        "one series": _example("One series, three quantiles", asked | {"quantiles": [0.1, 0.5, 0.9]}),
        "fresh history": _example("Sales that came after training", asked | {"history": [sold]}),
        "unknown item": _example("An item without a past", asked | {"series": [new], "unknown": "fallback"}),
        "table": _example("Azure ML's tabular form", {"input_data": table, "params": {"horizon": subject.horizon}}),
    }
    if subject.price is not None:
        examples["two price plans"] = _example("A what-if", asked | {"series": _plans(key, subject)})
    return examples


def answer_examples(model: Model | None) -> dict[str, dict[str, Any]]:
    """The model's answer to each request example; none without a model."""
    if model is None:
        return {}
    examples = request_examples(model)
    return {
        name: _example(f"Answer to '{name}'", _answered(model, example["value"]))
        for name, example in examples.items()
        if "series" in example["value"]
    }


ERROR_EXAMPLES: dict[int, RequestError] = {
    400: RequestError(
        400, "malformed-json", "the body is not valid JSON: unexpected end of data: line 1 column 13 (char 12)"
    ),
    404: RequestError(404, "not-found", "GET /docs/none.js: Not Found"),
    405: RequestError(405, "method-not-allowed", "GET /score: Method Not Allowed"),
    408: RequestError(408, "slow-request", "the body did not arrive within 10 seconds"),
    413: RequestError(413, "body-too-large", "the body is larger than 8388608 bytes; send fewer series at a time"),
    415: RequestError(415, "unsupported-media-type", "content-type: expected application/json, got text/csv"),
    422: RequestError(422, "missing-field", "required field is missing", "series[3].item_id"),
    429: RequestError(429, "overloaded", "256 requests are being answered; try again in a moment"),
    431: RequestError(431, "head-too-large", "the head of the request is larger than 65536 bytes"),
    500: RequestError(500, "internal-error", "a fault of the service; see its log"),
    503: RequestError(503, "model-not-ready", "the model is being loaded"),
}


def error_example(status: int) -> dict[str, Any]:
    error = ERROR_EXAMPLES[status]
    return {error.code: {"value": orjson.loads(error_body(error.code, error.message, error.field))}}


def _plans(key: Schema, subject: Subject) -> list[Schema]:
    plans = {"as planned": subject.price, "half the price": max(round((subject.price or 0) / 2, 2), 0.01)}
    return [
        {**key, "id": name, "future": [{"date": day, "price": price} for day in subject.days[: subject.horizon]]}
        for name, price in plans.items()
    ]


def _answered(model: Model, request: Schema) -> object:
    asked = model.parser.parse(request)
    answered: object = orjson.loads(answer(model.description_json, asked, model.artifact.forecast(asked.forecast)))
    return answered


def _example(summary: str, value: object) -> dict[str, Any]:
    return {"summary": summary, "value": value}
