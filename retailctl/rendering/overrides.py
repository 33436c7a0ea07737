"""``--set a.b=c``: one field of a rendered document, its value read as YAML reads it."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml

from retailctl.errors import InvalidInput
from retailctl.rendering.documents import Document, parse
from retailctl.rendering.fields import KnownFields

_LOOK = "retailctl template list, then retailctl template render NAME"


@dataclass(frozen=True)
class Override:
    """One ``--set``: where, and what."""

    path: tuple[str, ...]
    value: object
    text: str
    """As it was typed."""


def parse_override(text: str) -> Override:
    """Read ``a.b=c``; ``c`` is a number, true, null, a list or a mapping where YAML takes it for one, else text.

    A part that holds dots itself is quoted: ``tags."team.name"=x``.

    Raises:
        InvalidInput: no ``=``, an empty part, or a value that is not YAML.
    """
    path, equals, value = text.partition("=")
    parts = _split(path.strip())
    if not equals or not all(parts):
        raise InvalidInput(
            f"--set {text} is not field=value", hint="use for example --set instance_count=2", details={"set": text}
        )
    try:
        return Override(parts, yaml.safe_load(value), text)
    except yaml.YAMLError as error:
        raise InvalidInput(
            f"--set {text}: the value is not YAML",
            reason=str(error).splitlines()[0],
            hint="quote it for YAML as well as for the shell, for example --set 'tags.note=\"a: b\"'",
        ) from error


def apply_overrides(document: Document, texts: Iterable[str], known: KnownFields) -> tuple[Document, str]:
    """``document`` with every override, and its new text; comments do not survive, order does.

    Raises:
        InvalidInput: a field that such a document cannot have, with the nearest one that it can; a path that leads
            through a value.
    """
    fields = copy.deepcopy(dict(document.fields))
    for text in texts:
        override = parse_override(text)
        _refuse_unknown(override, known)
        _assign(fields, override)
    written = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10_000)
    return parse(written, document.file), written


def _refuse_unknown(override: Override, known: KnownFields) -> None:
    wrong = known.first_unknown(override.path)
    if wrong is None:
        return
    depth, choices = wrong
    near = difflib.get_close_matches(override.path[depth], list(choices), n=1)
    parent = ".".join(override.path[:depth])
    better = ".".join((*override.path[:depth], *near, *override.path[depth + 1 :])) if near else None
    where = f"{parent} has no field" if parent else "there is no field"
    raise InvalidInput(
        f"--set {override.text}: {where} '{override.path[depth]}'",
        reason=f"did you mean '{better}'?" if better else "its fields are " + ", ".join(sorted(choices)),
        hint=f"use --set {better}={override.text.partition('=')[2]}" if better else _LOOK,
        details={"set": override.text},
    )


def _assign(fields: dict[str, object], override: Override) -> None:
    holder: object = fields
    for part in override.path[:-1]:
        holder = _step_into(holder, part, override)
    last = override.path[-1]
    if isinstance(holder, list):
        holder[_index(holder, last, override)] = override.value
    elif isinstance(holder, dict):
        holder[last] = override.value
    else:
        raise _through_value(override)


def _step_into(holder: object, part: str, override: Override) -> object:
    if isinstance(holder, list):
        return holder[_index(holder, part, override)]
    if not isinstance(holder, dict):
        raise _through_value(override)
    if not isinstance(holder.get(part), list | Mapping) and holder.get(part) is None:
        holder[part] = {}
    return holder[part]


def _index(items: list[object], part: str, override: Override) -> int:
    if part.isdecimal() and int(part) < len(items):
        return int(part)
    raise InvalidInput(
        f"--set {override.text}: '{part}' is no place in a list of {len(items)}",
        reason="places are counted from 0",
        hint=_LOOK,
        details={"set": override.text},
    )


def _through_value(override: Override) -> InvalidInput:
    return InvalidInput(
        f"--set {override.text}: the path leads through a value that has no fields",
        hint=_LOOK,
        details={"set": override.text},
    )


def _split(path: str) -> tuple[str, ...]:
    parts: list[str] = [""]
    quote = False
    for letter in path:
        if letter == '"':
            quote = not quote
        elif letter == "." and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(parts)
