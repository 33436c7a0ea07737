"""YAML files read the way the SDK reads them, and its complaints put in the words of the file.

The SDK prints every branch of a union and no line number; here a complaint is one line: field, what is wrong, and
the line of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from retailctl.azureml.quiet import import_sdk
from retailctl.domain.redaction import short
from retailctl.domain.scalars import text_of
from retailctl.errors import InvalidTemplate

YamlKind = Literal["job", "endpoint", "deployment", "environment", "model", "data"]

_SHOWN = 5
"""Complaints that one error lists."""

_LOADERS = {
    "job": "load_job",
    "endpoint": "load_online_endpoint",
    "deployment": "load_online_deployment",
    "environment": "load_environment",
    "model": "load_model",
    "data": "load_data",
}

Field = tuple[str, ...]


def load(kind: YamlKind, file: Path) -> Any:
    """The SDK's entity for ``file``.

    Raises:
        InvalidTemplate: the SDK does not take it; names file, line and field.
    """
    sdk = import_sdk()
    from azure.ai.ml.exceptions import MlException
    from marshmallow import ValidationError

    try:
        entity = getattr(sdk, _LOADERS[kind])(source=file)
    except (MlException, ValidationError) as error:
        raise invalid(kind, file, error) from error
    variables = getattr(entity, "environment_variables", None)
    if isinstance(variables, dict):  # the SDK sends numbers and booleans, where the API has text alone
        entity.environment_variables = {name: text_of(value) for name, value in variables.items()}
    return entity


def invalid(kind: str, file: Path, error: BaseException) -> InvalidTemplate:
    """The error for a file that the SDK refused."""
    complaints = list(dict.fromkeys(_complaints(error)))
    if not complaints:
        return InvalidTemplate(
            f"Azure ML would refuse the {kind} in {file}",
            reason=short(str(getattr(error, "message", error))),
            details={"file": str(file)},
        )
    lines = [_worded(file, path, text) for path, text in complaints[:_SHOWN]]
    if len(complaints) > _SHOWN:
        lines.append(f"and {len(complaints) - _SHOWN} more")
    return InvalidTemplate(
        f"Azure ML would refuse the {kind} in {file}",
        reason="; ".join(lines),
        details={"file": str(file), "field": ".".join(complaints[0][0])},
    )


def _worded(file: Path, field: Field, text: str) -> str:
    words = short(text).removesuffix(".")
    if not field:
        return words
    line = _line_of(file, field)
    where = f"line {line}, " if line else ""
    return f"{where}{'.'.join(field)}: {words}"


def _complaints(error: BaseException | None) -> Iterator[tuple[Field, str]]:
    """Field and complaint, from the first error of the chain that names fields, or a place in the text.

    The SDK wraps marshmallow's error (or YAML's) in text of its own; what it was raised from is of more use.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        messages = getattr(error, "messages", None)
        if isinstance(messages, dict):
            yield from _flat((), messages)
            return
        if mark := getattr(error, "problem_mark", None):
            yield (), f"line {mark.line + 1} is not YAML: {getattr(error, 'problem', '')}"
            return
        error = error.__cause__ or error.__context__


def _flat(path: Field, messages: object) -> Iterator[tuple[Field, str]]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _flat(path if name == "_schema" else (*path, str(name)), below)
    elif isinstance(messages, list) and messages and all(isinstance(each, dict) for each in messages):
        yield from _flat(path, _likeliest(messages))
    elif isinstance(messages, list):
        for each in messages:
            yield from _flat(path, each)
    else:
        yield path, str(messages)


def _likeliest(branches: list[dict[str, object]]) -> dict[str, object]:
    """Of a union's branches the one that was meant: it recognised fields, and misses least."""
    recognised = [branch for branch in branches if set(branch) != {"_schema"}]
    return min(recognised or branches[:1], key=lambda branch: len(list(_flat((), branch))))


def _line_of(file: Path, path: Field) -> int | None:
    """The line, from 1, of the field (or of the nearest field above it that the file has)."""
    import yaml as yaml_reader

    try:
        node = yaml_reader.compose(file.read_text(encoding="utf-8"), Loader=yaml_reader.SafeLoader)
    except (OSError, yaml_reader.YAMLError):
        return None
    line = None
    for name in path:
        if not isinstance(node, yaml_reader.MappingNode):
            break
        found = next(((key, value) for key, value in node.value if key.value == name), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
