"""The workspace's datastores: one for data, models and outputs, and one for the logs and artifacts of runs."""

from __future__ import annotations

from typing import Any

from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.storage import STORAGE_ENDPOINT, StorageAccount
from retailctl.emulator.store.blobs import BlobStore

DEFAULT = "workspaceblobstore"
ARTIFACTS = "workspaceartifactstore"
CONTAINERS = {DEFAULT: "azureml-blobstore", ARTIFACTS: "azureml"}


def make_containers(blobs: BlobStore) -> None:
    """Make the containers of the datastores where they are missing."""
    for container in CONTAINERS.values():
        blobs.create_container(container)


class Datastores:
    """Describes the datastores; they are fixed."""

    def __init__(self, context: Context, account: StorageAccount) -> None:
        self._account = account
        self.created = context.settings.get("created") or ""

    def names(self) -> list[str]:
        """Every datastore, the default one first."""
        return list(CONTAINERS)

    def document(self, name: str) -> dict[str, Any]:
        """A datastore without its secrets. Raises ArmError (404)."""
        if name not in CONTAINERS:
            raise not_found(f"datastore '{name}'")
        return {
            "properties": {
                "datastoreType": "AzureBlob",
                "accountName": self._account.name,
                "containerName": CONTAINERS[name],
                "endpoint": STORAGE_ENDPOINT,
                "protocol": "https",
                "credentials": {"credentialsType": "AccountKey"},
                "isDefault": name == DEFAULT,
                "serviceDataAccessAuthIdentity": "None",
                "tags": {},
                "properties": {},
            }
        }

    def secrets(self, name: str) -> dict[str, str]:
        """What opens a datastore. Raises ArmError (404)."""
        if name not in CONTAINERS:
            raise not_found(f"datastore '{name}'")
        return {"secretsType": "AccountKey", "key": self._account.key}
