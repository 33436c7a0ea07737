"""Logging in to a real local Azure ML, and what happens when that or the connection fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import certifi
import pytest

from retailctl.azureml import Workspace
from retailctl.config.connection import Connection
from retailctl.domain.clock import SystemClock
from retailctl.emulator import LocalWorkspace
from retailctl.errors import InvalidConfig, NotLoggedIn, ResourceNotFound, Unreachable
from tests.contract.client import files

pytestmark = pytest.mark.contract

Opener = Callable[..., Workspace]


@pytest.fixture
def opened(connection: Connection) -> Iterator[Opener]:
    """Opens the workspace with some of its connection changed."""
    with ExitStack() as stack:

        def opener(**changes: Any) -> Workspace:
            workspace = Workspace(replace(connection, **changes), clock=SystemClock())
            stack.callback(workspace.close)
            return workspace

        yield opener


def service_principal(server: LocalWorkspace, **changes: Any) -> dict[str, Any]:
    published = server.connection
    return {
        "credential": "secret",
        "token": None,
        "tenant_id": published["tenant_id"],
        "client_id": published["client_id"],
        "client_secret": published["client_secret"],
        **changes,
    }


def test_a_service_principal_logs_in_at_the_local_entra(server: LocalWorkspace, opened: Opener) -> None:
    workspace = opened(**service_principal(server))
    assert workspace.describe()["name"] == server.connection["workspace_name"]


def test_a_service_principal_writes_through_the_sdk(server: LocalWorkspace, opened: Opener, tmp_path: Path) -> None:
    workspace = opened(**service_principal(server))
    assert workspace.environments.create(files.environment(tmp_path, "by-principal")).version == "1"


def test_a_wrong_secret_is_told_with_the_next_step_and_not_shown(server: LocalWorkspace, opened: Opener) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        opened(**service_principal(server, client_secret="hunter2-hunter2")).describe()
    assert "AZURE_CLIENT_SECRET" in str(caught.value.hint)
    assert "hunter2" not in f"{caught.value} {caught.value.reason} {caught.value.details}"


def test_a_token_that_no_longer_holds_is_told_with_the_next_step(opened: Opener) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        opened(token="0ld-t0ken").endpoints.list()
    assert caught.value.hint == "retailctl local start"
    assert "0ld-t0ken" not in f"{caught.value} {caught.value.reason} {caught.value.details}"


def test_a_token_that_no_longer_holds_fails_in_the_sdk_alike(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(NotLoggedIn):
        opened(token="0ld-t0ken").environments.create(files.environment(tmp_path, "refused"))


@pytest.mark.parametrize("field", ["subscription_id", "resource_group", "workspace_name"])
def test_a_workspace_that_is_not_there_is_not_blamed_on_what_is_in_it(opened: Opener, field: str) -> None:
    other = "11111111-1111-1111-1111-111111111111" if field == "subscription_id" else "elsewhere"
    with pytest.raises(ResourceNotFound, match="the workspace was not found") as caught:
        opened(**{field: other}).endpoints.get("retail-forecast")
    assert caught.value.hint == "retailctl config show"


def test_an_authority_that_is_not_trusted_is_told(opened: Opener) -> None:
    with pytest.raises(Unreachable) as caught:
        opened(ca_bundle=Path(certifi.where())).describe()
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.reason)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_told_by_both_clients(
    opened: Opener, tmp_path: Path, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content:
        bundle.write_text(content, encoding="utf-8")
    workspace = opened(ca_bundle=bundle)
    for ask in (workspace.describe, lambda: workspace.environments.create(files.environment(tmp_path))):
        with pytest.raises(InvalidConfig, match=r"bundle\.pem"):
            ask()


def test_a_server_that_went_away_is_told_by_both_clients(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path / "state") as server:
        workspace = Workspace(Connection.from_local(server.connection), clock=SystemClock())
        workspace.environments.create(files.environment(tmp_path, "before"))
    for ask in (workspace.describe, lambda: workspace.environments.create(files.environment(tmp_path, "after"))):
        with pytest.raises(Unreachable) as caught:
            ask()
        assert caught.value.hint == "retailctl local start"
    workspace.close()


def test_no_secret_is_in_the_trace(
    server: LocalWorkspace, workspace: Workspace, trace: list[str], tmp_path: Path
) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "traced"))
    workspace.models.create(files.model(tmp_path, "traced"))
    keys = workspace.endpoints.keys("traced")
    told = "\n".join(trace)
    assert "by azure-ai-ml" in told
    assert not any(secret in told for secret in (server.token, keys.primary, keys.secondary, "sig="))
