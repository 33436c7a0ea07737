"""An address, a credential and names: all that tells one workspace from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

CREDENTIALS = ("default", "cli", "environment", "managed", "workload", "browser", "secret", "token")
"""How to log in. ``secret`` takes the client id and secret from AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; ``token``
is what the local Azure ML hands out."""


@dataclass(frozen=True)
class CloudEndpoints:
    """The six addresses of a cloud by azure-ai-ml's names for them; the defaults are the public cloud's."""

    azure_portal: str = "https://portal.azure.com"
    resource_manager: str = "https://management.azure.com"
    active_directory: str = "https://login.microsoftonline.com"
    aml_resource_id: str = "https://ml.azure.com"
    storage_endpoint: str = "core.windows.net"
    registry_discovery_endpoint: str = "https://eastus.api.azureml.ms"

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The six names."""
        return tuple(each.name for each in fields(cls))

    @property
    def is_public(self) -> bool:
        """Whether these are the public cloud's."""
        return self == CloudEndpoints()

    def metadata(self) -> dict[str, str]:
        """The form that ``MLClient(cloud_metadata=...)`` takes."""
        return {name: str(getattr(self, name)) for name in self.names()}


@dataclass(frozen=True)
class Connection:
    """How to reach one workspace; secrets never show in its repr."""

    subscription_id: str
    resource_group: str
    workspace_name: str
    cloud: CloudEndpoints = field(default_factory=CloudEndpoints)
    credential: str = "default"
    tenant_id: str | None = None
    location: str | None = None
    ca_bundle: Path | None = None
    token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)

    @property
    def workspace_id(self) -> str:
        """The workspace's ARM id."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.workspace_name}"
        )

    @classmethod
    def from_local(cls, published: Mapping[str, object]) -> Connection:
        """What the local Azure ML publishes about itself (``retailctl local env -o json``)."""
        cloud = published["cloud_metadata"]
        assert isinstance(cloud, Mapping)
        return cls(
            subscription_id=str(published["subscription_id"]),
            resource_group=str(published["resource_group"]),
            workspace_name=str(published["workspace_name"]),
            cloud=CloudEndpoints(**{name: str(cloud[name]) for name in CloudEndpoints.names()}),
            credential="token",
            ca_bundle=Path(str(published["ca_certificate"])),
            token=str(published["token"]),
        )
