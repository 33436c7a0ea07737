"""The official SDK creates, reads, changes and deletes an online endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from azure.ai.ml.entities import IdentityConfiguration, ManagedIdentityConfiguration, ManagedOnlineEndpoint
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import make_client

pytestmark = pytest.mark.contract

_IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer"


@pytest.fixture(scope="module")
def endpoint(client: Any) -> Any:
    wanted = ManagedOnlineEndpoint(name="shop-forecast", auth_mode="key", tags={"team": "retail"})
    return client.online_endpoints.begin_create_or_update(wanted).result()


def test_an_endpoint_is_created_and_read_back(client: Any, endpoint: Any) -> None:
    found = client.online_endpoints.get("shop-forecast")
    assert found.provisioning_state == "Succeeded"
    assert (found.auth_mode, found.tags) == ("key", {"team": "retail"})
    assert found.scoring_uri.startswith("http://127.0.0.1:")
    assert found.scoring_uri.endswith("/shop-forecast/score")


def test_endpoints_are_listed(client: Any, endpoint: Any) -> None:
    assert "shop-forecast" in [each.name for each in client.online_endpoints.list()]


def test_an_update_replaces_the_tags(client: Any, endpoint: Any) -> None:
    found = client.online_endpoints.get("shop-forecast")
    found.tags = {"team": "other"}
    client.online_endpoints.begin_create_or_update(found).result()
    assert client.online_endpoints.get("shop-forecast").tags == {"team": "other"}


def test_a_regenerated_key_replaces_the_old_one_only(client: Any, endpoint: Any) -> None:
    before = client.online_endpoints.get_keys("shop-forecast")
    client.online_endpoints.begin_regenerate_keys("shop-forecast", key_type="primary").result()
    after = client.online_endpoints.get_keys("shop-forecast")
    assert after.primary_key != before.primary_key
    assert after.secondary_key == before.secondary_key


def test_an_unknown_endpoint_is_not_found(client: Any) -> None:
    with pytest.raises(ResourceNotFoundError, match="nowhere"):
        client.online_endpoints.get("nowhere")


def test_traffic_to_a_deployment_that_does_not_exist_is_refused(client: Any, endpoint: Any) -> None:
    found = client.online_endpoints.get("shop-forecast")
    found.traffic = {"ghost": 100}
    with pytest.raises(HttpResponseError, match="'ghost', which does not exist"):
        client.online_endpoints.begin_create_or_update(found).result()


def test_a_token_endpoint_gives_tokens_instead_of_keys(client: Any) -> None:
    wanted = ManagedOnlineEndpoint(name="token-forecast", auth_mode="aml_token")
    client.online_endpoints.begin_create_or_update(wanted).result()
    token = client.online_endpoints.get_keys("token-forecast")
    assert token.access_token
    assert token.expiry_time_utc > token.refresh_after_time_utc


@pytest.mark.parametrize("kind", ["system_assigned", "user_assigned"])
def test_an_identity_is_accepted_and_shown(client: Any, kind: str) -> None:
    assigned = [ManagedIdentityConfiguration(resource_id=_IDENTITY)] if kind == "user_assigned" else None
    identity = IdentityConfiguration(type=kind, user_assigned_identities=assigned)
    name = kind.replace("_", "-")
    client.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name=name, identity=identity)).result()
    found = client.online_endpoints.get(name).identity
    assert (found.type, bool(found.principal_id)) == (kind, True)
    assert [each.resource_id for each in found.user_assigned_identities or []] == ([_IDENTITY] if assigned else [])


def test_a_deleted_endpoint_is_gone(client: Any) -> None:
    client.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="short-lived")).result()
    client.online_endpoints.begin_delete("short-lived").result()
    with pytest.raises(ResourceNotFoundError):
        client.online_endpoints.get("short-lived")


def test_a_service_principal_logs_in_at_the_local_entra(workspace: LocalWorkspace) -> None:
    from azure.identity import ClientSecretCredential

    connection = workspace.connection
    credential = ClientSecretCredential(
        connection["tenant_id"],
        connection["client_id"],
        connection["client_secret"],
        authority=workspace.url,
        disable_instance_discovery=True,
    )
    assert make_client(workspace, credential).workspaces.get("local").location == "local"


def test_a_wrong_client_secret_is_refused(workspace: LocalWorkspace) -> None:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import ClientSecretCredential

    connection = workspace.connection
    credential = ClientSecretCredential(
        connection["tenant_id"],
        connection["client_id"],
        "wrong",
        authority=workspace.url,
        disable_instance_discovery=True,
    )
    with pytest.raises(ClientAuthenticationError, match="client secret is wrong"):
        credential.get_token("https://management.azure.com/.default")
