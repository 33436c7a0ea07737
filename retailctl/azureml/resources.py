"""Pieces that every ARM resource has, and a resource made fit to be sent back."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from retailctl.azureml.transport import Json

_READ_ONLY = ("id", "name", "type", "systemData", "etag")
_VERSIONED = re.compile(r"/(?:models|environments|data|codes)/([^/]+)/versions/([^/]+)$", re.IGNORECASE)
_SHORT = re.compile(r"azureml:([^:/]+):([^:/]+)")


def properties(resource: Json) -> Json:
    """The resource's own part."""
    return resource.get("properties") or {}


def tags(holder: Json) -> dict[str, str]:
    """The tags of a resource (or, for jobs and assets, of its properties)."""
    return {str(name): str(value) for name, value in (holder.get("tags") or {}).items()}


def created_at(resource: Json) -> datetime | None:
    """When it was made, in UTC."""
    return moment((resource.get("systemData") or {}).get("createdAt"))


def changed_at(resource: Json) -> datetime | None:
    """When it was last written, in UTC; for one that never was again, when it was made."""
    return moment((resource.get("systemData") or {}).get("lastModifiedAt")) or created_at(resource)


def moment(text: object) -> datetime | None:
    """An ISO 8601 time as a moment in UTC; None for anything else. Azure ML writes up to seven decimals."""
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)


def pinned_asset(reference: object) -> str | None:
    """``name:version`` of an asset's ARM id, ``azureml://`` address or short form; None for anything else."""
    if not isinstance(reference, str):
        return None
    found = _VERSIONED.search(reference) or _SHORT.fullmatch(reference)
    return f"{found[1]}:{found[2]}" if found else None


def last_segment(arm_id: object) -> str | None:
    """The name at the end of an ARM id."""
    return arm_id.rstrip("/").rpartition("/")[2] or None if isinstance(arm_id, str) else None


def sendable(resource: Mapping[str, object], *, read_only: Iterable[str] = ()) -> Json:
    """A resource as it was read, less what the service alone may write; every other field stays.

    Args:
        read_only: names below ``properties`` that the API description marks ``readOnly``.
    """
    body: Json = copy.deepcopy({name: value for name, value in resource.items() if name not in _READ_ONLY})
    for name in read_only:
        properties(body).pop(name, None)
    if identity := body.get("identity"):
        _strip_identity(identity)
    return body


def _strip_identity(identity: Json) -> None:
    for name in ("principalId", "tenantId"):
        identity.pop(name, None)
    for assigned in (identity.get("userAssignedIdentities") or {}).values():
        for name in ("clientId", "principalId"):
            (assigned or {}).pop(name, None)


def epoch(seconds: object) -> datetime | None:
    """A Unix time as a moment in UTC; None for zero, which says that there is none."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds else None
