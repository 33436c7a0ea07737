"""YAML text as fields that know their lines, so that every complaint can say where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from retailctl.errors import InvalidTemplate

Path = tuple[str | int, ...]
"""Where a field is: keys and list indices from the top."""

_MISSING = object()


@dataclass(frozen=True)
class Document:
    """One YAML mapping; ``file`` is the name complaints use."""

    file: str
    fields: Mapping[str, object]
    lines: Mapping[Path, int]
    """Line (from 1) of every key and list item."""

    def get(self, *path: str | int) -> object | None:
        """The value at ``path``; None where it, or something above it, is not there."""
        found: object = self.fields
        for part in path:
            found = _child(found, part)
            if found is _MISSING:
                return None
        return found

    def has(self, *path: str | int) -> bool:
        """Whether ``path`` is written in the text."""
        return path in self.lines

    def line(self, *path: str | int) -> int:
        """The line of ``path``, or of the nearest thing above it that is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def walk(self) -> Iterator[tuple[Path, object]]:
        """Every field with its value, outer before inner."""
        for path in self.lines:
            yield path, self.get(*path)


def parse(text: str, file: str) -> Document:
    """Read one YAML mapping.

    Raises:
        InvalidTemplate: not YAML, not a mapping, or a key twice in one mapping (YAML's readers let the last one win).
    """
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
        fields = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _unreadable(error, file) from error
    if not isinstance(top, yaml.MappingNode) or not isinstance(fields, dict):
        raise InvalidTemplate(f"{file}:1: it is not a YAML mapping", reason="expected 'name: value' lines")
    return Document(file, fields, dict(_lines(top, (), file)))


def _lines(node: yaml.Node, path: Path, file: str) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), item.start_mark.line + 1
            yield from _lines(item, (*path, index), file)
    elif isinstance(node, yaml.MappingNode):
        yield from _mapping_lines(node, path, file)


def _mapping_lines(node: yaml.MappingNode, path: Path, file: str) -> Iterator[tuple[Path, int]]:
    seen: dict[object, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.value in seen:
            raise InvalidTemplate(
                f"{file}:{line}: '{key.value}' is written twice",
                reason=f"it is on line {seen[key.value]} already",
                details={"file": file, "line": line, "field": dotted((*path, key.value))},
            )
        seen[key.value] = line
        yield (*path, key.value), line
        yield from _lines(value, (*path, key.value), file)


def dotted(path: Path) -> str:
    """``a.b.0`` as people write it."""
    return ".".join(str(part) for part in path)


def _child(value: object, part: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(part, _MISSING)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return _MISSING


def _unreadable(error: yaml.YAMLError, file: str) -> InvalidTemplate:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    problem = getattr(error, "problem", None) or "it is not YAML"
    return InvalidTemplate(
        f"{file}:{line}: {problem}", reason="what it renders is not YAML", details={"file": file, "line": line}
    )
