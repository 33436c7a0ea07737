"""The pieces that schemas are put together from (JSON Schema 2020-12, which OpenAPI 3.1 uses)."""

from __future__ import annotations

from typing import Any

from serving.fields import LARGEST_ID, LARGEST_NUMBER, LONGEST_TEXT, SMALLEST_PRICE

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
DAY: Schema = {"type": "string", "format": "date", "examples": ["2024-12-31"]}
TIME: Schema = {"type": "string", "format": "date-time", "description": "UTC."}
ID: Schema = {
    "oneOf": [TEXT, {"type": "integer", "minimum": -LARGEST_ID - 1, "maximum": LARGEST_ID}],
    "description": "The caller's own, echoed in the answer.",
}
NUMBER: Schema = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
UNITS: Schema = {"type": "number", "minimum": 0, "maximum": LARGEST_NUMBER, "description": "Units sold on that day."}
PRICE: Schema = {
    "type": "number",
    "minimum": SMALLEST_PRICE,
    "maximum": LARGEST_NUMBER,
    "description": "Currency per unit.",
}
FLAG: Schema = {"oneOf": [{"enum": [0, 1]}, {"type": "boolean"}]}
COUNT: Schema = {"type": "integer", "minimum": 0}


def strict(properties: Schema, required: list[str], **more: Any) -> Schema:
    """An object without other properties than these."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def fixed(properties: Schema, **more: Any) -> Schema:
    """An object that has all of these properties and no other."""
    return strict(properties, list(properties), **more)


def named(values: Schema, **more: Any) -> Schema:
    """An object whose property names are data, each with a value of one kind."""
    return {"type": "object", "additionalProperties": values, **more}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}
