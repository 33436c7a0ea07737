"""How to reach a running server: `connection.json` in its state folder, 0600, there only while the server answers.

It holds secrets (the token, the client secret), which is why nothing but its owner may read it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypedDict

from retailctl.emulator.store.folder import StateFolder, write_private


class CloudMetadata(TypedDict):
    """The endpoints of a cloud, by the names that azure-ai-ml takes."""

    azure_portal: str
    resource_manager: str
    active_directory: str
    aml_resource_id: str
    storage_endpoint: str
    registry_discovery_endpoint: str


class Connection(TypedDict):
    """Everything a client needs."""

    url: str
    ca_bundle: str
    """The world's authorities and ours: for clients that take one file for everything."""
    ca_certificate: str
    """Ours alone: read in a twentieth of the time, for clients that speak to this server only."""
    token: str
    subscription_id: str
    resource_group: str
    workspace_name: str
    location: str
    tenant_id: str
    client_id: str
    client_secret: str
    cloud_metadata: CloudMetadata
    runner: str
    """What was asked to run images: auto, docker or process."""
    runner_in_use: str
    """What does, in words, with the engine or why there is none."""
    pid: int
    version: str


def cloud_metadata(url: str, storage_endpoint: str) -> CloudMetadata:
    """The cloud whose every endpoint is this server."""
    return {
        "azure_portal": url,
        "resource_manager": url,
        "active_directory": url,
        "aml_resource_id": "https://ml.azure.com",
        "storage_endpoint": storage_endpoint,
        "registry_discovery_endpoint": f"{url}/",
    }


def write(folder: StateFolder, connection: Connection) -> None:
    """Publish the connection, whole or not at all."""
    write_private(folder.connection, json.dumps(connection, indent=2).encode())


def read(state: Path) -> Connection | None:
    """The published connection whose server process is alive, or None."""
    try:
        connection: Connection = json.loads(StateFolder(state).connection.read_bytes())
        os.kill(connection["pid"], 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return connection if connection.keys() >= Connection.__required_keys__ else None


def remove(folder: StateFolder) -> None:
    """Withdraw the connection."""
    folder.connection.unlink(missing_ok=True)
