"""Microsoft's Swagger 2.0 descriptions of the Azure ML API as JSON Schema, so that messages can be held against them.

What Swagger says and JSON Schema does not: `discriminator` picks a sub-type, `x-nullable` allows null, `readOnly`
fields are never sent, and what `x-ms-mutability` does not call readable is never answered. A base's fields belong
to its sub-types, which is why `allOf` is flattened: otherwise `additionalProperties: false` would refuse them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_KEPT = ("type", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "format")


@dataclass(frozen=True)
class Operation:
    """One operation of a description: its id, the schema of its request body (if it has one), those of its answers."""

    name: str
    request: Json | None
    responses: Mapping[str, Json | None]


class Description:
    """One API version."""

    def __init__(self, file: Path) -> None:
        document = json.loads(file.read_text())
        self.version = file.stem
        self.definitions: dict[str, Json] = document["definitions"]
        self._written: dict[str, Json] = document["paths"]
        self._shared: dict[str, Json] = document.get("parameters", {})
        self._paths = [(_template(path), methods) for path, methods in self._written.items()]

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request is, or None when the description has none."""
        for template, methods in self._paths:
            if template.match(path) and method.lower() in methods:
                return self._operation(methods[method.lower()])
        return None

    def _bodies(self, found: Json) -> list[Json]:
        """Schema of the body parameter, wherever it is written, if there is one."""
        parameters = [self._shared[_referred(each)] if "$ref" in each else each for each in found["parameters"]]
        return [each["schema"] for each in parameters if each.get("in") == "body"]

    def _operation(self, found: Json) -> Operation:
        bodies = self._bodies(found)
        answers = {code: each.get("schema") for code, each in found["responses"].items()}
        return Operation(found["operationId"], bodies[0] if bodies else None, answers)

    def listing(self) -> Iterator[tuple[str, str, str, bool]]:
        """Every operation: its name, its method, its path as the description writes it, and whether it takes a body."""
        for path, methods in self._written.items():
            for method, found in methods.items():
                yield found["operationId"], method.upper(), path, bool(self._bodies(found))

    @cache  # noqa: B019 - descriptions live as long as the test run
    def schemas(self, *, sent: bool, strict: bool) -> dict[str, Json]:
        """Every definition as JSON Schema, as sent or as answered; strict refuses fields that are unknown."""
        converter = _Converter(self.definitions, sent=sent, strict=strict)
        return {name: converter.definition(name) for name in self.definitions} | converter.leaves()


def _template(path: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
    return re.compile(f"^{pattern}$", re.IGNORECASE)


class _Converter:
    """Swagger schemas to JSON Schema, for one direction."""

    def __init__(self, definitions: Mapping[str, Json], *, sent: bool, strict: bool) -> None:
        self._definitions = definitions
        self._sent = sent
        self._strict = strict

    def definition(self, name: str) -> Json:
        """A definition; one with a discriminator becomes a choice of its sub-types."""
        found = self._definitions[name]
        subtypes = dict(self._subtypes(name))
        if "discriminator" not in found or not subtypes:
            return self._flat(name)
        tag = found["discriminator"]
        choices = [
            {"if": {"properties": {tag: {"const": value}}, "required": [tag]}, "then": {"$ref": f"#/$defs/{leaf}!"}}
            for value, leaf in subtypes.items()
        ]
        known = {tag: {"enum": list(subtypes)}} if self._strict else {}
        return {"type": "object", "required": [tag], "properties": known, "allOf": choices}

    def leaves(self) -> dict[str, Json]:
        """Sub-types by themselves, under their name with a mark."""
        tagged = [name for name, found in self._definitions.items() if "x-ms-discriminator-value" in found]
        return {f"{name}!": self._flat(name) for name in tagged}

    def _subtypes(self, base: str) -> Iterator[tuple[str, str]]:
        for name, found in self._definitions.items():
            if base in self._ancestors(name) and "x-ms-discriminator-value" in found:
                yield found["x-ms-discriminator-value"], name

    def _ancestors(self, name: str) -> list[str]:
        parents = [_referred(each) for each in self._definitions[name].get("allOf", []) if "$ref" in each]
        return parents + [ancestor for parent in parents for ancestor in self._ancestors(parent)]

    def _flat(self, name: str) -> Json:
        properties: Json = {}
        required: set[str] = set()
        for each in [*reversed(self._ancestors(name)), name]:
            found = self._definitions[each]
            properties |= found.get("properties", {})
            required |= set(found.get("required", ()))
        return self._object(self._definitions[name], properties, required)

    def _object(self, found: Json, properties: Json, required: set[str]) -> Json:
        kept = {key: each for key, each in properties.items() if not self._never(each)}
        result: Json = {key: found[key] for key in _KEPT if key in found}
        if kept:
            result["properties"] = {key: self.schema(each) for key, each in kept.items()}
        if required & kept.keys():
            result["required"] = sorted(required & kept.keys())
        extra = found.get("additionalProperties")
        if isinstance(extra, dict):
            result["additionalProperties"] = self.schema(extra)
        elif extra is False and self._strict and found.get("type") == "object":
            result["additionalProperties"] = False
        return result

    def _never(self, found: Json) -> bool:
        """True for fields that do not travel in this direction: what is read-only, or secret once it is written."""
        target = self._definitions[_referred(found)] if "$ref" in found else {}
        uses = found.get("x-ms-mutability")
        if self._sent:
            return bool(found.get("readOnly") or target.get("readOnly") or uses == ["read"])
        return uses is not None and "read" not in uses

    def schema(self, found: Json) -> Json:
        """Any schema; null is allowed where the description says so."""
        if "$ref" in found:
            result: Json = {"$ref": f"#/$defs/{_referred(found)}"}
        elif found.get("type") == "array":
            result = {"type": "array", "items": self.schema(found["items"])}
        else:
            result = self._object(found, found.get("properties", {}), set(found.get("required", ())))
        return {"anyOf": [result, {"type": "null"}]} if found.get("x-nullable") else result


def _referred(found: Json) -> str:
    return str(found["$ref"]).rsplit("/", 1)[-1]
