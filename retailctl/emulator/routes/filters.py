"""The filters that lists take in their query: names, and tags or properties as `a,b=2`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from retailctl.emulator.store.resources import Record


def wanted_pairs(query: str) -> dict[str, str | None]:
    """`a,b=2` as what must be there: a name alone asks for no value."""
    pairs = (pair.partition("=") for pair in query.split(",") if pair.strip())
    return {name.strip(): value.strip() if equals else None for name, equals, value in pairs}


def holding(records: Iterable[Record], field: str, query: str) -> Iterator[Record]:
    """The records whose map at `field` (`properties.tags`, `tags`) holds everything that the query asks for."""
    wanted = wanted_pairs(query)
    return (record for record in records if _holds(_at(record.body, field), wanted)) if wanted else iter(records)


def equal(records: Iterable[Record], field: str, value: str) -> Iterator[Record]:
    """The records whose property has this value, whatever the case; all of them for ''."""
    if not value:
        return iter(records)
    return (record for record in records if str(record.body["properties"].get(field, "")).lower() == value.lower())


def _at(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    found: Any = document
    for part in field.split("."):
        found = found.get(part) or {}
    settled: Mapping[str, Any] = found
    return settled


def _holds(found: Mapping[str, Any], wanted: Mapping[str, str | None]) -> bool:
    return all(name in found and value in {None, found[name]} for name, value in wanted.items())
