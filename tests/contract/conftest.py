"""A running workspace with small stand-ins for images, and the foreign clients in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace

PROGRAMS = Path(__file__).parent / "programs"
TRAIN_IMAGE = "registry.azurecr.io/retail/train:abc"
INFER_IMAGE = "registry.azurecr.io/retail/infer@sha256:" + "a" * 64
RUNNERS = {
    "runners": [
        {"image": "*/retail/train*", "folder": str(PROGRAMS)},
        {
            "image": "*/retail/infer*",
            "folder": str(PROGRAMS),
            "command": ["{python}", str(PROGRAMS / "serve.py"), "{port}"],
        },
    ]
}
ROUTES = {
    name: {"path": path, "port": 8080}
    for name, path in (("liveness_route", "/live"), ("readiness_route", "/ready"), ("scoring_route", "/score"))
}


_JUDGES = ("azure-ai-ml", "azure-mgmt-machinelearningservices", "azure-storage-blob", "mlflow")


def pytest_report_header() -> str:
    """Which releases judge."""
    return "judges: " + ", ".join(f"{name} {_version(name)}" for name in _JUDGES)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(absent)"


class StaticCredential:
    """Any object with get_token will do."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: object) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, int(time.time()) + 3600)


def make_client(workspace: LocalWorkspace, credential: object | None = None) -> Any:
    """An MLClient for the workspace."""
    from azure.ai.ml import MLClient

    connection = workspace.connection
    return MLClient(
        credential or StaticCredential(workspace.token),  # type: ignore[arg-type]
        connection["subscription_id"],
        connection["resource_group"],
        connection["workspace_name"],
        cloud=f"local-{workspace.url}",
        cloud_metadata=connection["cloud_metadata"],
    )


@pytest.fixture(scope="module")
def sdk_environment() -> Iterator[pytest.MonkeyPatch]:
    """Environment variables for the module's clients, taken back afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZUREML_RUN_POLLING_INTERVAL_MIN", "1")
        yield patch


@pytest.fixture(scope="module")
def workspace(sdk_environment: pytest.MonkeyPatch) -> Iterator[LocalWorkspace]:
    """A running workspace."""
    with LocalWorkspace(runners=RUNNERS) as running:
        sdk_environment.setenv("REQUESTS_CA_BUNDLE", str(running.ca_bundle))
        yield running


@pytest.fixture(scope="module")
def client(workspace: LocalWorkspace) -> Any:
    """The official SDK's client."""
    return make_client(workspace)


@pytest.fixture(scope="module")
def management(workspace: LocalWorkspace) -> Any:
    """Azure's generated management client, as its users make it."""
    from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient

    return MachineLearningServicesMgmtClient(
        StaticCredential(workspace.token),  # type: ignore[arg-type]
        workspace.subscription_id,
        base_url=workspace.url,
        credential_scopes=["local"],
        connection_verify=str(workspace.ca_bundle),
    )


@pytest.fixture(scope="module")
def here(workspace: LocalWorkspace) -> tuple[str, str]:
    """Resource group and workspace, which every call of the management client begins with."""
    return workspace.resource_group, workspace.workspace_name


@pytest.fixture(scope="module")
def trained(management: Any, here: tuple[str, str]) -> str:
    """Id of an environment that jobs run in."""
    from azure.mgmt.machinelearningservices import models

    properties = models.EnvironmentVersionProperties(image=TRAIN_IMAGE)
    body = models.EnvironmentVersion(properties=properties)
    found: str = management.environment_versions.create_or_update(*here, "trained", "1", body).id
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of files: `folder("data", "a.csv")`."""

    def make(name: str, *files: str) -> Path:
        made = tmp_path / name
        for file in files:
            path = made / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name}/{file}")
        return made

    return make
