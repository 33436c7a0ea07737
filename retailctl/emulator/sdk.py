"""The official SDK in front of a local workspace: a credential that it takes, and its client.

The SDK is the caller's: nothing here is loaded before it is asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

from retailctl.emulator.connection import Connection

_LIFETIME_S = 3600
_VARIABLES = ("REQUESTS_CA_BUNDLE", "AZUREML_CURRENT_CLOUD")
"""Where azure-ai-ml finds whom to trust, and where it keeps the name of its cloud."""


class AccessToken(NamedTuple):
    """A token and its end in epoch seconds, as azure-core reads it."""

    token: str
    expires_on: int


class LocalCredential:
    """A credential for any Azure client: it gives the workspace's own token, for every scope."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The token. It does not end; a client asks again after an hour."""
        return AccessToken(self._token, int(time.time()) + _LIFETIME_S)


@contextmanager
def ml_client(connection: Connection, credential: object) -> Iterator[Any]:
    """An `azure.ai.ml.MLClient`, for the length of a `with` block.

    Meanwhile the process's environment tells the SDK whom to trust; afterwards it is as it was. Raises ImportError
    without azure-ai-ml.
    """
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ["REQUESTS_CA_BUNDLE"] = connection["ca_bundle"]
    os.environ.pop("AZUREML_CURRENT_CLOUD", None)
    try:
        sdk = import_module("azure.ai.ml")  # asks for its cloud as it is loaded
        yield sdk.MLClient(
            credential,
            connection["subscription_id"],
            connection["resource_group"],
            connection["workspace_name"],
            cloud=f"local-{connection['url']}",
            cloud_metadata=connection["cloud_metadata"],
            show_progress=False,
            enable_telemetry=False,
        )
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
