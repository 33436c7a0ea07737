"""Whether an answer of the service is one that its OpenAPI document allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from tests.serving.process import Answer


class Contract:
    """An OpenAPI document, to hold requests and answers against."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def responses(self, path: str, method: str = "get") -> dict[str, Any]:
        responses: dict[str, Any] = self.document["paths"][path][method]["responses"]
        return {status: self.resolved(response) for status, response in responses.items()}

    def request_schema(self) -> dict[str, Any]:
        content = self.document["paths"]["/score"]["post"]["requestBody"]["content"]
        schema: dict[str, Any] = content["application/json"]["schema"]
        return schema

    def examples(self) -> dict[str, Any]:
        """Name -> request."""
        content = self.document["paths"]["/score"]["post"]["requestBody"]["content"]
        return {name: example["value"] for name, example in content["application/json"]["examples"].items()}

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node itself, or what it refers to."""
        if "$ref" not in node:
            return node
        found: Any = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return self.resolved(found)

    def errors(self, schema: Mapping[str, Any], value: object) -> list[str]:
        """What is wrong with a value."""
        whole = {**schema, "components": self.document["components"]}
        validator = OAS31Validator(whole, format_checker=oas31_format_checker)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]

    def check(self, answer: Answer, path: str, method: str = "get") -> None:
        """Asserts status, media type, headers and body."""
        responses = self.responses(path, method)
        assert str(answer.status) in responses, f"{method} {path} answered {answer.status}: {answer.body[:300]!r}"
        response = responses[str(answer.status)]
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in response["content"], (path, answer.status, kind)
        for name, header in response["headers"].items():
            described = self.resolved(header)
            if name in answer.headers:
                value = answer.headers[name]
                wanted = int(value) if described["schema"]["type"] == "integer" else value
                assert self.errors(described["schema"], wanted) == [], name
            else:
                assert not described.get("required"), f"{method} {path} {answer.status} lacks {name}"
        if kind == "application/json":
            assert self.errors(response["content"][kind]["schema"], answer.json) == []
