"""Lists in pages: `value`, and `nextLink` with `$skip` while there is more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from retailctl.emulator.arm.errors import invalid_body

PAGE_SIZE = 100


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise invalid_body(name, f"{text!r} is not a number")
    return int(text)


def page(items: Sequence[Any], url: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of `items` for a request of `url` with these query parameters.

    `$top` (or `count`) limits how many come at once, `$skip` is the position that the previous page's `nextLink`
    gave.
    """
    start = _count(query, "$skip", 0)
    size = min(_count(query, "$top", 0) or _count(query, "count", 0) or PAGE_SIZE, PAGE_SIZE)
    body: dict[str, Any] = {"value": list(items[start : start + size])}
    if start + size < len(items):
        following = {**query, "$skip": str(start + size)}
        body["nextLink"] = f"{url}?{urlencode(following)}"
    return body
