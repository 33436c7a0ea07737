"""Holds every message of the management API against the published descriptions.

`Conformance` is an observer for LocalWorkspace. No test hands one over: the conftest of all tests gives one to every
workspace of the run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema.protocols import Validator

from retailctl.emulator.app.exchange import Exchange
from tests.contract.openapi import Description, Json, Operation

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "azureml-openapi"
# Versions that are not among the descriptions, and the one that describes them best.
_STAND_INS = {"2025-01-01-preview": "2024-01-01-preview", "2024-10-01-preview": "2024-04-01"}
# What azure-ai-ml itself sends against the descriptions.
_SDK_FAULTS = ("CodeVersions_CreateOrUpdate (2023-04-01) request: properties.properties.hash_version:",)
_DURATION = re.compile(r"^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$")

_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value.replace("Z", "+00:00")))


@_formats.checks("duration")
def _is_duration(value: object) -> bool:
    return not isinstance(value, str) or bool(_DURATION.match(value))


@_formats.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or "://" in value


@cache
def descriptions() -> dict[str, Description]:
    """Every description by version; skips the test where they are absent."""
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        pytest.skip(f"The published API descriptions are not at {FOLDER}.")
    return {file.stem: Description(file) for file in files}


class Conformance:
    """Checks each exchange as it happens. `seen` counts operations by name and status."""

    def __init__(self, known: dict[str, Description]) -> None:
        self._known = known
        self.violations: list[str] = []
        self.seen: Counter[tuple[str, int]] = Counter()
        self._told = 0
        self._validators: dict[tuple[str, str, bool, bool], Validator] = {}

    def new_violations(self) -> list[str]:
        """The violations since the last call."""
        found = self.violations[self._told :]
        self._told += len(found)
        return found

    def __call__(self, exchange: Exchange) -> None:
        """Check one exchange; run history and other services below the same names are described elsewhere."""
        if not exchange.path.startswith("/subscriptions/"):
            return
        if not exchange.api_version:
            if exchange.status == 400:  # refused for just that
                return
            self.violations.append(f"{exchange.method} {exchange.path}: the request names no api-version")
            return
        description, strict = self._description(exchange.api_version)
        operation = description.operation(exchange.method, exchange.path)
        if operation is None:
            return
        self.seen[operation.name, exchange.status] += 1
        where = f"{operation.name} ({exchange.api_version})"
        if exchange.status < 400:
            self._check_request(description, operation, exchange, strict, where)
        if exchange.status:  # a connection dropped on purpose has no answer
            self._check_response(description, operation, exchange, strict, where)

    def _description(self, version: str) -> tuple[Description, bool]:
        """The description of a version; one that stands in for it does not know every field."""
        exact = self._known.get(version)
        if exact is not None:
            return exact, True
        nearest = _STAND_INS.get(version) or min(self._known, key=lambda each: abs(_months(each) - _months(version)))
        return self._known[nearest], False

    def _check_request(
        self, description: Description, operation: Operation, exchange: Exchange, strict: bool, where: str
    ) -> None:
        if operation.request is None:
            if exchange.request_body.strip() not in {b"", b"{}"}:
                self.violations.append(f"{where} request: a body where none is described")
            return
        validator = self._validator(description, operation.request, sent=True, strict=strict)
        self._check(validator, exchange.request_body, f"{where} request")

    def _check_response(
        self, description: Description, operation: Operation, exchange: Exchange, strict: bool, where: str
    ) -> None:
        label = f"{where} answer {exchange.status}"
        key = str(exchange.status)
        if key not in operation.responses:
            if exchange.status < 400:
                self.violations.append(f"{label}: this status is not described")
                return
            key = "default"
        schema = operation.responses[key]
        if schema is None:
            if exchange.response_body:
                self.violations.append(f"{label}: a body where none is described")
            return
        validator = self._validator(description, schema, sent=False, strict=strict)
        self._check(validator, exchange.response_body, label)

    def _validator(self, description: Description, schema: Json, *, sent: bool, strict: bool) -> Validator:
        name = schema["$ref"].rsplit("/", 1)[-1]
        key = (description.version, name, sent, strict)
        if key not in self._validators:
            whole = {"$ref": f"#/$defs/{name}", "$defs": description.schemas(sent=sent, strict=strict)}
            self._validators[key] = jsonschema.Draft202012Validator(whole, format_checker=_formats)
        return self._validators[key]

    def _check(self, validator: Validator, body: bytes, label: str) -> None:
        try:
            document: Any = json.loads(body)
        except ValueError:
            self.violations.append(f"{label}: the body is not JSON")
            return
        for error in map(_deepest, validator.iter_errors(document)):
            path = ".".join(str(part) for part in error.absolute_path)
            violation = f"{label}: {path or 'body'}: {error.message[:300]}"
            if not violation.startswith(_SDK_FAULTS):
                self.violations.append(violation)


def _deepest(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """What is wrong inside a value that may be null, instead of that it is neither right nor null."""
    while error.context and error.validator == "anyOf":
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return error


def _months(version: str) -> int:
    """Since the year 0; 0 for what is no version, which a lenient server takes as well."""
    dated = re.match(r"(\d{4})-(\d\d)-", version)
    return int(dated[1]) * 12 + int(dated[2]) if dated else 0
