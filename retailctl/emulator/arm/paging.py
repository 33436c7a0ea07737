"""Lists in pages: `value`, and `nextLink` with `$skip` while there is more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from retailctl.emulator.arm.errors import invalid_body

PAGE_SIZE = 100

Item = TypeVar("Item")


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise invalid_body(name, f"{text!r} is not a number")
    return int(text)


def as_it_is(item: Any) -> Any:
    """For items that are answers already."""
    return item


def page(
    items: Iterable[Item], url: str, query: Mapping[str, str], show: Callable[[Item], Any] = as_it_is
) -> dict[str, Any]:
    """One page of `items`, as `show` makes them read, for a request of `url` with these query parameters.

    No more of them are taken than the page needs, and one to know whether more follow.

    `$top` (or `count`) limits how many come at once, `$skip` is the position that the previous page's `nextLink`
    gave.
    """
    start = _count(query, "$skip", 0)
    size = min(_count(query, "$top", 0) or _count(query, "count", 0) or PAGE_SIZE, PAGE_SIZE)
    found = list(islice(items, start, start + size + 1))
    body: dict[str, Any] = {"value": [show(item) for item in found[:size]]}
    if len(found) > size:
        following = {**query, "$skip": str(start + size)}
        body["nextLink"] = f"{url}?{urlencode(following)}"
    return body
