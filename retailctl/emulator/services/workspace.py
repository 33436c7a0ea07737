"""The workspace itself, as a document: where its services answer and which resources stand behind it."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from retailctl.emulator.arm.timestamps import now_text
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.identity import Identity


class Workspace:
    """Describes the workspace."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self.created = context.settings.get_or_make("created", now_text)

    @property
    def storage_account_id(self) -> str:
        """ARM id of the storage account."""
        return f"{self._context.scope.group_id}/providers/Microsoft.Storage/storageAccounts/local"

    def describe(self) -> dict[str, Any]:
        """The workspace as an ARM resource."""
        scope = self._context.scope
        author = {"createdBy": "local", "createdByType": "User", "createdAt": self.created}
        return {
            "id": scope.workspace_id,
            "name": scope.workspace,
            "type": scope.resource_type(),
            "location": scope.location,
            "tags": {},
            "kind": "Default",
            "sku": {"name": "Basic", "tier": "Basic"},
            "identity": self._managed_identity(),
            "systemData": {**author, "lastModifiedBy": "local", "lastModifiedAt": self.created},
            "properties": self._properties(),
        }

    def _managed_identity(self) -> dict[str, str]:
        return {
            "type": "SystemAssigned",
            "principalId": str(uuid5(NAMESPACE_URL, self._context.scope.workspace_id)),
            "tenantId": self._identity.tenant_id,
        }

    def _properties(self) -> dict[str, Any]:
        scope = self._context.scope
        return {
            "friendlyName": scope.workspace,
            "description": "A workspace of the local Azure ML",
            "workspaceId": str(uuid5(NAMESPACE_URL, scope.workspace_id + self._identity.tenant_id)),
            "tenantId": self._identity.tenant_id,
            "storageAccount": self.storage_account_id,
            "keyVault": f"{scope.group_id}/providers/Microsoft.Keyvault/vaults/local",
            "discoveryUrl": f"{self._context.url}/discovery",
            "mlFlowTrackingUri": self._context.tracking.uri,
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
            "hbiWorkspace": False,
            "v1LegacyMode": False,
        }
