"""Who may pull from a container registry: Azure's role assignments, read only.

API: learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope. Ids of built-in roles:
learn.microsoft.com/azure/role-based-access-control/built-in-roles.
"""

from __future__ import annotations

from retailctl.azureml.arm import ArmClient
from retailctl.azureml.subject import Subject

REGISTRIES_API = "2023-07-01"
ROLES_API = "2022-04-01"
PULLING = frozenset(
    {
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",  # AcrPull
        "8311e382-0749-4cb8-b61a-304f252e45ec",  # AcrPush, which pulls as well
        "b93aa761-3e63-49ed-ac28-beffa264f7ac",  # Container Registry Repository Reader, for registries with ABAC
        "b24988ac-6180-42a0-ab88-20f7382dd24c",  # Contributor
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",  # Owner
    }
)
"""Roles with which an identity can pull."""


class RolesClient:
    """Role assignments on registries of one subscription."""

    def __init__(self, arm: ArmClient, subscription_id: str) -> None:
        self._arm = arm
        self._subscription = f"/subscriptions/{subscription_id}"

    def registry_id(self, name: str) -> str | None:
        """ARM id of the container registry; None where the subscription has none of that name."""
        path: str | None = f"{self._subscription}/providers/Microsoft.ContainerRegistry/registries"
        version: str | None = REGISTRIES_API
        while path:
            page = self._arm.request("GET", path, Subject("registry", name), api_version=version).json()
            for each in page.get("value") or []:
                if str(each.get("name", "")).lower() == name.lower():
                    return str(each["id"])
            path, version = page.get("nextLink"), None
        return None

    def can_pull(self, registry_id: str, principal_id: str) -> bool:
        """Whether the principal holds a role that pulls, on the registry or above it, itself or through a group."""
        path = f"{registry_id}/providers/Microsoft.Authorization/roleAssignments"
        query = {"$filter": f"assignedTo('{principal_id}')"}
        subject = Subject("role assignments", principal_id)
        found = self._arm.request("GET", path, subject, query=query, api_version=ROLES_API).json().get("value") or []
        roles = {str(each.get("properties", {}).get("roleDefinitionId", "")).rpartition("/")[2] for each in found}
        return bool(roles & PULLING)
