"""Minutes of damaged requests: whatever the bytes, the parser answers, or refuses and names a place in the request."""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

import pytest

from serving.errors import CODES, RequestError, error_body
from serving.model import Model
from serving.openapi import document
from serving.scoring import read, score
from serving.settings import Settings
from tests.serving.conformance import Contract
from tests.serving.mutations import Mutator, Steps
from tests.serving.test_fuzz import GOOD, KEY, TABLE, numbers

SECONDS = float(os.environ.get("SERVING_FUZZ_SECONDS", "100"))
"""Processor time; set it to run for as long as there is time."""
SEED = int(os.environ.get("SERVING_FUZZ_SEED", "1"))
CORPUS: list[Any] = [GOOD, TABLE, {"series": [KEY]}, {"input_data": {"columns": list(KEY), "data": [["north_1", "x"]]}}]
EACH = 25
"""Of so many answered requests one is forecast and held against the schemas, besides those that took a new step."""
PART = re.compile(r"[^.\[\]]+|\[\d+\]")


@pytest.mark.timeout(120 + 6 * SECONDS)
def test_damaged_requests_are_answered_or_refused_by_a_field_that_is_there(model: Model) -> None:
    mutator, steps = Mutator(CORPUS, SEED), Steps()
    contract = Contract(document(model, Settings(max_series=model.parser.max_series)))
    codes: set[str] = set()
    answered = 0
    end = time.process_time() + SECONDS
    while time.process_time() < end:
        sent = mutator.next()
        try:
            with steps.watch():
                read(model, sent)
        except RequestError as error:
            assert_well_refused(sent, error)
            codes.add(error.code)
            kept = error.status != 400  # what is no JSON leads to nothing but more of it
        except Exception as error:
            raise AssertionError(f"seed {SEED}: {sent!r}") from error
        else:
            answered += 1
            kept = True
            if steps.new or answered % EACH == 0:
                assert_well_answered(model, contract, sent)
        if steps.new and kept:
            mutator.corpus.append(sent)

    assert len(mutator.corpus) > 40
    assert answered > SECONDS
    assert codes >= {*CODES[422], "malformed-json"}


def assert_well_refused(sent: bytes, error: RequestError) -> None:
    assert error.code in CODES[error.status], (sent, error.code)
    assert error.message, sent
    assert json.loads(error_body(error.code, error.message, error.field)), sent
    if error.field is not None and error.code != "unknown-field":
        assert is_place(json.loads(sent), error.field, error.code == "missing-field"), (sent, error.field)


def assert_well_answered(model: Model, contract: Contract, sent: bytes) -> None:
    assert contract.errors(contract.request_schema(), json.loads(sent)) == [], sent
    answer = json.loads(score(model, sent)[1])
    schema = contract.responses("/score", "post")["200"]["content"]["application/json"]["schema"]
    assert None not in numbers(answer["forecasts"]), sent
    assert contract.errors(schema, answer) == [], sent


def is_place(request: Any, field: str, missing: bool) -> bool:
    """Whether a path leads to a value of the request, or to the object that lacks its last part."""
    *parents, last = PART.findall(field)
    for part in parents:
        request = request[int(part[1:-1]) if part.startswith("[") else part]
    if isinstance(request, list) and not last.startswith("["):
        return True  # a column of a row of Azure ML's table
    if last.startswith("["):
        return int(last[1:-1]) < len(request)
    return (last in request) is not missing
