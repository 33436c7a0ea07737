"""What a deployment would change of a slot, field by field, in the words of its YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retailctl.domain import tags
from retailctl.domain.resources import Deployment
from retailctl.domain.scalars import text_of
from retailctl.rendering.documents import Document

_SECTIONS = ("environment_variables", "tags", "request_settings", "liveness_probe", "readiness_probe")
_OPEN = ("environment_variables.", "tags.")
"""Sections whose fields are the user's own: one that is not named any more goes."""


@dataclass(frozen=True)
class Change:
    """One field of a slot, as it is and as it would be."""

    field: str
    before: str | None
    after: str | None


def changes(
    document: Document, model: str, image: str, config_hash: str, present: Deployment | None
) -> tuple[Change, ...]:
    """Every field that would differ; for a slot that does not exist, what it would be made of.

    Where something differs that cannot be read back, such as a route, the digest of the whole says that it does.
    """
    wanted = {
        "model": model,
        "image": image,
        "instance_type": str(document.get("instance_type")),
        "instance_count": str(document.get("instance_count")),
    }
    if present is None:
        return tuple(Change(name, None, text) for name, text in wanted.items())
    before = _present(present)
    wanted |= dict(_fields(document))
    gone = [name for name in before if name.startswith(_OPEN) and name not in wanted]
    differing = [name for name in [*wanted, *gone] if before.get(name) != wanted.get(name)]
    found = tuple(Change(name, before.get(name), wanted.get(name)) for name in differing)
    return found or _as_a_whole(present, config_hash)


def _present(slot: Deployment) -> Mapping[str, str | None]:
    return {
        "model": slot.model,
        "image": slot.image,
        "instance_type": slot.instance_type,
        "instance_count": str(slot.instance_count),
        **slot.fields,
    }


def _fields(document: Document) -> Iterator[tuple[str, str]]:
    """The document's fields by their dotted paths, as text; our own tags are left out."""
    insights = document.get("app_insights_enabled")
    if insights is not None:
        yield "app_insights_enabled", text_of(insights)
    for section in _SECTIONS:
        part = document.get(section)
        for name, value in part.items() if isinstance(part, Mapping) else ():
            if not (section == "tags" and str(name).startswith(tags.PREFIX)):
                yield f"{section}.{name}", text_of(value)


def _as_a_whole(present: Deployment, config_hash: str) -> tuple[Change, ...]:
    before = present.tags.get(tags.CONFIG_HASH)
    if before == config_hash:
        return ()
    return (Change("configuration", before and before[:12], config_hash[:12]),)
