"""The workspace's datastores: one for data, models and outputs, one for logs and artifacts of runs, and a team's own.

All are containers of the one storage account that there is here.
"""

from __future__ import annotations

from dataclasses import replace

from retailctl.emulator.arm.bodies.datastores import BlobDatastoreBody, DatastoreCredentials
from retailctl.emulator.arm.errors import bad_request, conflict, invalid_body
from retailctl.emulator.arm.names import check_asset
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import Documents, merged_tags
from retailctl.emulator.services.storage import ACCOUNT, STORAGE_ENDPOINT, StorageAccount
from retailctl.emulator.store.blob_names import InvalidBlobName
from retailctl.emulator.store.blobs import BlobStore
from retailctl.emulator.store.resources import Record

DEFAULT = "workspaceblobstore"
ARTIFACTS = "workspaceartifactstore"
CONTAINERS = {DEFAULT: "azureml-blobstore", ARTIFACTS: "azureml"}
_KIND = "datastores"


def make_containers(blobs: BlobStore) -> None:
    """Make the containers of the workspace's own datastores where they are missing."""
    for container in CONTAINERS.values():
        blobs.create_container(container)


class Datastores:
    """The datastores; the workspace's own two are fixed."""

    def __init__(self, context: Context, account: StorageAccount) -> None:
        self._context = context
        self._account = account
        self._documents = Documents(context.resources, _KIND, "datastore")

    def list(self) -> list[Record]:
        """Every datastore, the default one first."""
        return [*(self._fixed(name) for name in CONTAINERS), *map(self._reachable, self._documents.list())]

    def get(self, name: str) -> Record:
        """A datastore. Raises ArmError (404)."""
        return self._fixed(name) if name in CONTAINERS else self._reachable(self._documents.get(name))

    def container(self, name: str) -> str:
        """Container behind a datastore that an address names. Raises ArmError (400)."""
        if name in CONTAINERS:
            return CONTAINERS[name]
        record = self._documents.find(name)
        if record is None:
            raise bad_request(f"The datastore '{name}' does not exist.")
        found: str = record.body["properties"]["containerName"]
        return found

    def containers(self) -> frozenset[str]:
        """Every container that a datastore stands for."""
        return frozenset(record.body["properties"]["containerName"] for record in self.list())

    def write(self, name: str, body: BlobDatastoreBody, *, checked: bool) -> tuple[Record, bool]:
        """Create or replace a datastore; True when it is new. Raises ArmError (400, 409).

        Unless it is `checked`, its container may be made later.
        """
        check_asset(name, "Datastore")
        self._require_own(name)
        properties = body.properties
        if properties.account_name not in {self._account.name, ACCOUNT}:
            raise bad_request(
                f"The local Azure ML reaches no storage account but its own, '{self._account.name}'."
                f" The datastore names '{properties.account_name}'."
            )
        self._check_container(properties.container_name, checked=checked)
        document = {
            "properties": {
                "datastoreType": "AzureBlob",
                "containerName": properties.container_name,
                "credentials": {"credentialsType": properties.credentials.credentials_type},
                "isDefault": False,
                "description": properties.description,
                "tags": merged_tags(properties.tags, None),
                "properties": merged_tags(properties.properties, None),
            },
            "private": {"secrets": _secrets(properties.credentials)},
        }
        existing = self._documents.find(name)
        return self._reachable(self._documents.put(name, document)), existing is None

    def delete(self, name: str) -> bool:
        """Forget a datastore, not what is in its container; False when there was none. Raises ArmError (409)."""
        self._require_own(name)
        return self._documents.delete(name)

    def secrets(self, name: str) -> dict[str, str]:
        """What opens a datastore. Raises ArmError (404; 400 where nothing but the caller's own login does)."""
        found: dict[str, str] | None = self.get(name).body["private"]["secrets"]
        if found is None:
            raise bad_request(f"The datastore '{name}' has no credentials; it is opened with the caller's own login.")
        return found

    def _fixed(self, name: str) -> Record:
        properties = {
            "datastoreType": "AzureBlob",
            "containerName": CONTAINERS[name],
            "credentials": {"credentialsType": "AccountKey"},
            "isDefault": name == DEFAULT,
            "tags": {},
            "properties": {},
        }
        private = {"secrets": {"secretsType": "AccountKey", "key": self._account.key}}
        document = {"properties": properties, "private": private}
        created = self._context.settings.get("created") or ""
        return self._reachable(Record(0, _KIND, "", name, document, created, created))

    def _reachable(self, record: Record) -> Record:
        """The datastore with the account's address, which another start may change."""
        address = {
            "accountName": self._account.name,
            "endpoint": STORAGE_ENDPOINT,
            "protocol": "https",
            "serviceDataAccessAuthIdentity": "None",
        }
        return replace(record, body={**record.body, "properties": {**record.body["properties"], **address}})

    def _check_container(self, container: str, *, checked: bool) -> None:
        try:
            there = self._context.blobs.has_container(container)
        except InvalidBlobName as error:
            raise invalid_body("properties.containerName", str(error)) from error
        if checked and not there:
            raise bad_request(f"The storage account has no container '{container}'; make it first.")

    @staticmethod
    def _require_own(name: str) -> None:
        if name.lower() in CONTAINERS:
            raise conflict(f"The datastore '{name}' is the workspace's own; it stays as it is.")


def _secrets(credentials: DatastoreCredentials) -> dict[str, str] | None:
    """The secrets as listSecrets gives them. Raises ArmError (400) where those that the type wants are missing."""
    if credentials.credentials_type == "None":
        return None
    name, value = "key", credentials.secrets and credentials.secrets.key
    if credentials.credentials_type == "Sas":
        name, value = "sasToken", credentials.secrets and credentials.secrets.sas_token
    if not value:
        raise invalid_body(f"properties.credentials.secrets.{name}", "is missing")
    return {"secretsType": credentials.credentials_type, name: value}
