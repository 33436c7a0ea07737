"""Long-running operations: which headers announce one, and how its status and result read.

The first answer of a PUT carries `Azure-AsyncOperation`, that of a DELETE or a POST `Location` as well; both
routes live under `locations/{location}` of the provider, as the service's own `mfeOperationsStatus` and
`mfeOperationResults` do
(https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/async-api-reference.md).
"""

from __future__ import annotations

from enum import StrEnum

from retailctl.emulator.arm.ids import PROVIDER, Scope


class OperationStatus(StrEnum):
    """Where a long-running operation stands."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def terminal(self) -> bool:
        """True once nothing more will happen."""
        return self is not OperationStatus.IN_PROGRESS


def _link(base_url: str, scope: Scope, route: str, operation_id: str, api_version: str) -> str:
    location = f"/subscriptions/{scope.subscription_id}/providers/{PROVIDER}/locations/{scope.location}"
    return f"{base_url}{location}/{route}/{operation_id}?api-version={api_version}"


def retry_headers(interval_s: float) -> dict[str, str]:
    """When to ask again. `Retry-After` counts whole seconds; a shorter wait needs the header in milliseconds."""
    if interval_s >= 1:
        return {"Retry-After": str(round(interval_s))}
    return {"x-ms-retry-after-ms": str(round(interval_s * 1000))}


def headers(
    base_url: str, scope: Scope, operation_id: str, api_version: str, interval_s: float, *, location: bool
) -> dict[str, str]:
    """Headers that announce an operation; with `location` its result is at a route of its own (DELETE, POST, PATCH)."""
    found = {
        "Azure-AsyncOperation": _link(base_url, scope, "mfeOperationsStatus", operation_id, api_version),
        "x-ms-async-operation-timeout": "PT1H",
        **retry_headers(interval_s),
    }
    if location:
        found["Location"] = _link(base_url, scope, "mfeOperationResults", operation_id, api_version)
    return found
