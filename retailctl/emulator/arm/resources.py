"""How a stored document reads as an ARM resource: id, name, type, who made it and when, then the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.ids import Scope

# A document's part that never leaves the server: keys, process details.
PRIVATE = "private"
_AUTHOR = {"createdBy": "local", "createdByType": "User", "lastModifiedBy": "local", "lastModifiedByType": "User"}


def resource(
    scope: Scope, segments: tuple[str, ...], created: str, modified: str, document: Mapping[str, Any]
) -> dict[str, Any]:
    """The resource at these segments below the workspace, as a response shows it."""
    return {
        "id": scope.resource_id(*segments),
        "name": segments[-1],
        "type": scope.resource_type(*segments),
        "systemData": {**_AUTHOR, "createdAt": created, "lastModifiedAt": modified},
        **{key: value for key, value in document.items() if key != PRIVATE and value is not None},
    }
