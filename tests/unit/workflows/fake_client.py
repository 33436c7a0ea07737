"""What the clients of the in-memory workspace share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import yaml as yaml_reader

from retailctl.errors import ResourceNotFound
from tests.unit.workflows.world import World


def read_yaml(file: Path) -> dict[str, object]:
    """The fields of a rendered file."""
    content = yaml_reader.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def text_tags(fields: Mapping[str, object]) -> dict[str, str]:
    """The tags of a rendered file."""
    tags = fields.get("tags") or {}
    assert isinstance(tags, dict)
    return {str(name): str(value) for name, value in tags.items()}


def readable_fields(fields: Mapping[str, object]) -> dict[str, str]:
    """What the service tells again of a slot's YAML, by dotted path."""
    sections = ("environment_variables", "tags", "request_settings", "liveness_probe", "readiness_probe")
    parts = {section: fields.get(section) for section in sections}
    told = {
        f"{name}.{key}": str(value)
        for name, part in parts.items()
        if isinstance(part, dict)
        for key, value in part.items()
    }
    insights = {"app_insights_enabled": str(fields.get("app_insights_enabled", True)).lower()}
    return insights | {path: text for path, text in told.items() if not path.startswith("tags.retailctl.")}


def absent(kind: str, name: object) -> ResourceNotFound:
    """The failure of a read."""
    return ResourceNotFound(f"there is no {kind} '{name}'")


class Client:
    """A client of one kind of resource."""

    def __init__(self, world: World) -> None:
        self.world = world


def require_asset(kind: str, name: str | None, versions: Collection[tuple[str, object]]) -> None:
    """A list of one asset's versions wants the asset to exist."""
    if name is not None and all(name != each for each, _ in versions):
        raise absent(kind, name)
