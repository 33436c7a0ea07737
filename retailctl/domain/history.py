"""The split before the last change, kept in the endpoint's own tags so that any machine can go back to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from retailctl.domain import tags as names
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput


@dataclass(frozen=True)
class Split:
    """What callers get: shares of the requests, and shares copied."""

    traffic: Traffic
    mirror: Traffic = field(default_factory=Traffic)


def record(tags: Mapping[str, str], present: Split, now: datetime) -> dict[str, str]:
    """``tags`` with ``present`` recorded as the split to go back to; every other tag stays."""
    return {
        **tags,
        names.PREVIOUS_TRAFFIC: present.traffic.text(),
        names.PREVIOUS_MIRROR: present.mirror.text(),
        names.TRAFFIC_CHANGED_AT: now.isoformat(timespec="seconds"),
    }


def previous(tags: Mapping[str, str]) -> Split | None:
    """The split recorded before the last change; None when none was.

    An endpoint that had no split at all before its first one is recorded as empty, and there is nothing to go back to.

    Raises:
        InvalidInput: somebody wrote something else into the tag.
    """
    text = tags.get(names.PREVIOUS_TRAFFIC, "")
    if not text:
        return None
    mirror = tags.get(names.PREVIOUS_MIRROR, "")
    try:
        return Split(Traffic.parse([text]), Traffic.parse([mirror]) if mirror else Traffic())
    except InvalidInput as error:
        raise InvalidInput(
            f"the endpoint's tag {names.PREVIOUS_TRAFFIC} cannot be read",
            reason=error.message,
            hint="set the split by hand: retailctl traffic blue=100 green=0",
        ) from error


def changed_at(tags: Mapping[str, str]) -> datetime | None:
    """When the split was last changed; None where no tag says so, or none that can be read."""
    try:
        return datetime.fromisoformat(tags[names.TRAFFIC_CHANGED_AT])
    except (KeyError, ValueError):
        return None
