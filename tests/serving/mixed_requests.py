"""Requests that have little in common, and what each must be answered: computed one by one, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from serving.model import Model
from serving.scoring import score
from tests.serving.process import Answer

PRICES = (0.5, 1.25, 3.0, 9.0)


@dataclass(frozen=True)
class Question:
    """A request for forecasts, and those it must be answered with."""

    name: str
    """Also its x-request-id."""
    body: dict[str, Any]
    forecasts: list[dict[str, Any]]

    @property
    def content(self) -> bytes:
        return json.dumps(self.body).encode()

    @property
    def values(self) -> int:
        """Days times series."""
        return sum(len(forecast["mean"]) for forecast in self.forecasts)

    def answered_by(self, answer: Answer) -> bool:
        """Whether it is the answer to this request: its id, its series in their order, its dates and its numbers."""
        if answer.status != 200 or answer.headers["x-request-id"] != self.name:
            return False
        got = answer.json["forecasts"]
        return len(got) == len(self.forecasts) and all(map(_same, got, self.forecasts))


def questions(model: Model, seed: int, count: int, most_series: int = 5) -> list[Question]:
    """Mixed horizons, quantiles, ids, prices, fresh sales and unknown items; every request is one of a kind."""
    random = Random(seed)
    made = []
    for place in range(count):
        name = f"{seed}-{place}"
        body = _request(model, random, name, random.randint(1, most_series))
        made.append(Question(name, body, json.loads(score(model, json.dumps(body).encode())[1])["forecasts"]))
    return made


def _request(model: Model, random: Random, name: str, series: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "series": [_entry(model, random, f"{name}-{place}") for place in range(series)],
        "horizon": random.randint(1, model.artifact.horizon_max),
        "unknown": "fallback",
    }
    if random.random() < 0.7:
        body["quantiles"] = random.sample([0.01, 0.1, 0.25, 0.5, 0.8, 0.9, 0.95], random.randint(1, 4))
    return body


def _entry(model: Model, random: Random, identifier: str) -> dict[str, Any]:
    store, item = random.choice(list(model.artifact.series))
    entry: dict[str, Any] = {"store_id": store, "item_id": item, "id": identifier}
    origin = model.artifact.origin
    if random.random() < 0.2:
        entry["item_id"] = f"NEW-{random.randint(1, 9)}"
    if random.random() < 0.5:
        entry["history"] = [{"date": str(origin), "sales": random.randint(0, 50)}]
        origin += 1
    if random.random() < 0.5:
        entry["future"] = [{"date": str(origin), "price": random.choice(PRICES), "promo": random.randint(0, 1)}]
    return entry


def _same(got: dict[str, Any], expected: dict[str, Any]) -> bool:
    words = {name: value for name, value in expected.items() if name not in ("mean", "quantiles")}
    if {name: got[name] for name in got if name not in ("mean", "quantiles")} != words:
        return False
    return list(got["quantiles"]) == list(expected["quantiles"]) and all(
        np.allclose(*pair, rtol=1e-5, atol=1e-6)
        for pair in [
            (got["mean"], expected["mean"]),
            *((got["quantiles"][level], expected["quantiles"][level]) for level in expected["quantiles"]),
        ]
    )
