"""Our tables of fields say what azure-ai-ml's schemas say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from retailctl.rendering.fields import known_fields

KINDS = ("job", "endpoint", "deployment", "environment", "model")


def schema_of(kind: str) -> Any:
    from azure.ai.ml._schema._deployment.online.online_deployment import ManagedOnlineDeploymentSchema
    from azure.ai.ml._schema._endpoint.online.online_endpoint import ManagedOnlineEndpointSchema
    from azure.ai.ml._schema.assets.environment import EnvironmentSchema
    from azure.ai.ml._schema.assets.model import ModelSchema
    from azure.ai.ml._schema.job import CommandJobSchema

    classes = (
        CommandJobSchema,
        ManagedOnlineEndpointSchema,
        ManagedOnlineDeploymentSchema,
        EnvironmentSchema,
        ModelSchema,
    )
    return dict(zip(KINDS, classes, strict=True))[kind](context={"base_path": Path()})


def nested(field: Any) -> Iterator[Any]:
    """The schemas a field may hold; a union has several."""
    from marshmallow import fields

    for branch in getattr(field, "_union_fields", [field]):
        inner = getattr(branch, "_experimental_field", branch)
        if isinstance(inner, fields.Nested):
            yield inner.schema


def schema_paths(schemas: list[Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    together: dict[str, list[Any]] = {}
    for schema in schemas:
        for name, field in schema.load_fields.items():
            together.setdefault(field.data_key or name, []).extend(nested(field))
    for name, inner in together.items():
        yield (*above, name)
        yield from schema_paths(inner, (*above, name))


def table_paths(tree: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(tree, Mapping):
        for name, inner in tree.items():
            yield (*above, name)
            yield from table_paths(inner, (*above, name))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_schema_is_known(kind: Any) -> None:
    known = known_fields(kind)
    unknown = [path for path in schema_paths([schema_of(kind)]) if known.first_unknown(path)]
    assert unknown == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_known_field_is_one_of_the_schema(kind: Any) -> None:
    tree = dict(known_fields(kind).tree)  # type: ignore[call-overload]
    assert tree.pop("$schema")
    assert set(table_paths(tree)) - set(schema_paths([schema_of(kind)])) == set()


def test_free_mappings_take_any_name() -> None:
    known = known_fields("deployment")
    assert known.first_unknown(("environment_variables", "ANY", "thing")) is None
    assert known.first_unknown(("instance_count", "deeper")) is None
    assert known.first_unknown(("request_settings", "timeout")) is not None
