"""Logging in: which credential a profile gets, and what a failure says."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import azure.identity
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from retailctl.azureml.credentials import Login, StaticToken
from retailctl.config.connection import CloudEndpoints, Connection
from retailctl.errors import InvalidConfig, NotLoggedIn, Unreachable
from tests.unit.azureml.doubles import CONNECTION

LOCAL = CloudEndpoints(active_directory="https://127.0.0.1:4443", resource_manager="https://127.0.0.1:4443")
CLASSES = {
    "default": "DefaultAzureCredential",
    "cli": "AzureCliCredential",
    "environment": "EnvironmentCredential",
    "managed": "ManagedIdentityCredential",
    "workload": "WorkloadIdentityCredential",
    "browser": "InteractiveBrowserCredential",
    "secret": "ClientSecretCredential",
}


RETRIES = {"retry_total": 2, "retry_connect": 1, "retry_backoff_factor": 0.4}


class Recorder:
    """Stands where a class of azure-identity stands; remembers how it was made."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.made: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.asked: list[dict[str, Any]] = []

    def __call__(self, *args: Any, **options: Any) -> Recorder:
        self.made.append((args, options))
        return self

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked.append(options)
        if self.failure:
            raise self.failure
        return AccessToken("from-" + scopes[0], 2**31 - 1)


def connection(credential: str, **changes: Any) -> Connection:
    defaults: dict[str, Any] = {
        "credential": credential,
        "tenant_id": "t1",
        "client_id": "c1",
        "client_secret": "hunter2",
        "cloud": CloudEndpoints(),
    }
    return replace(CONNECTION, **{**defaults, **changes})


@pytest.mark.parametrize(("kind", "name"), CLASSES.items())
def test_each_kind_gets_its_class_once(monkeypatch: pytest.MonkeyPatch, kind: str, name: str) -> None:
    recorder = Recorder()
    monkeypatch.setattr(azure.identity, name, recorder)
    login = Login(connection(kind))
    assert login.get_token("scope").token == "from-scope"
    login.get_token("scope")
    assert len(recorder.made) == 1


def test_a_cloud_of_its_own_is_logged_in_to_without_asking_the_public_one(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(azure.identity, "ClientSecretCredential", recorder)
    Login(connection("secret", cloud=LOCAL, ca_bundle=Path("/ca.pem"))).get_token("scope")
    args, options = recorder.made[0]
    assert args == ("t1", "c1", "hunter2")
    assert options == {
        "authority": "https://127.0.0.1:4443",
        **RETRIES,
        "disable_instance_discovery": True,
        "connection_verify": "/ca.pem",
    }


def test_the_public_cloud_vouches_for_its_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(azure.identity, "ClientSecretCredential", recorder)
    Login(connection("secret")).get_token("scope")
    assert recorder.made[0][1] == {"authority": "https://login.microsoftonline.com", **RETRIES}


def test_the_default_chain_logs_in_to_the_profiles_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", recorder)
    Login(connection("default")).get_token("scope")
    assert recorder.made[0][1]["additionally_allowed_tenants"] == ["t1"]
    assert recorder.asked == [{"tenant_id": "t1"}]


def test_a_local_token_needs_no_login() -> None:
    assert Login(CONNECTION).get_token("any").token == "s3cr3t-token"


def test_a_credential_shows_no_token() -> None:
    login = Login(CONNECTION)
    login.get_token("any")
    assert "s3cr3t" not in f"{login!r} {login} {StaticToken('s3cr3t')!r} {CONNECTION!r} {vars(login)!r}"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("cli", "az login --tenant t1, or --profile local to work on this machine"),
        ("default", "az login --tenant t1, or --profile local to work on this machine"),
        ("secret", "set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to a service principal's that still hold"),
    ],
)
def test_a_failed_login_names_the_next_command(monkeypatch: pytest.MonkeyPatch, kind: str, hint: str) -> None:
    failure = ClientAuthenticationError("AADSTS7000215: invalid secret hunter2 given")
    monkeypatch.setattr(azure.identity, CLASSES[kind], Recorder(failure))
    with pytest.raises(NotLoggedIn) as caught:
        Login(connection(kind)).get_token("scope")
    assert caught.value.hint == hint
    assert "hunter2" not in f"{caught.value} {caught.value.reason}"
    assert "AADSTS7000215" in str(caught.value.reason)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("kind", ["secret", "environment", "default"])
def test_a_login_that_nobody_answers_is_unreachable_and_is_tried_once_for_all(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID"):
        monkeypatch.setenv(name, "11111111-1111-1111-1111-111111111111")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hunter2")
    cloud = CloudEndpoints(active_directory=f"https://127.0.0.1:{closed_port()}")
    login = Login(connection(kind, cloud=cloud, tenant_id="11111111-1111-1111-1111-111111111111"))
    failures = []
    for _ in range(2):
        with pytest.raises(Unreachable, match="no connection to https://127") as caught:
            login.get_token("https://management.azure.com/.default")
        failures.append(caught.value)
    assert failures[0] is failures[1]
    assert "hunter2" not in str(failures[0].reason)


def test_a_chain_of_credentials_is_told_in_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = "\n".join(
        [
            "DefaultAzureCredential failed. Attempted credentials:",
            "\tEnvironmentCredential: not set.",
            "\tAzureCliCredential: Azure CLI not found on path",
            "To mitigate this issue, see https://aka.ms/azsdk",
        ]
    )
    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", Recorder(ClientAuthenticationError(chain)))
    with pytest.raises(NotLoggedIn) as caught:
        Login(connection("default")).get_token("scope")
    assert str(caught.value.reason).startswith("AzureCliCredential: Azure CLI not found on path (tried Env")


def test_a_token_service_that_is_away_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure.identity, "AzureCliCredential", Recorder(ServiceRequestError("refused")))
    with pytest.raises(Unreachable, match=r"login\.microsoftonline\.com"):
        Login(connection("cli")).get_token("scope")


@pytest.mark.parametrize("missing", ["tenant_id", "client_id", "client_secret"])
def test_a_secret_login_names_what_it_lacks(missing: str) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        Login(connection("secret", **{missing: None})).get_token("scope")
    assert caught.value.hint == f"export AZURE_{missing.upper()}=..."


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidConfig, match="'magic' is not a credential") as caught:
        Login(connection("magic")).get_token("scope")
    assert "managed" in str(caught.value.reason)
