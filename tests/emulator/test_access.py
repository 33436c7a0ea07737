"""Who gets in: a valid token, under the server's own name, and nobody else."""

from __future__ import annotations

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.tokens import TokenStore
from tests.emulator.api import Api

_PATHS = ("/subscriptions", "/_local/faults", "/history/v1.0/x", "/anything/else", "/")


def _status(workspace: LocalWorkspace, path: str, **headers: str) -> int:
    answer = requests.get(workspace.url + path, headers=headers, verify=str(workspace.ca_bundle), timeout=30)
    return answer.status_code


@pytest.mark.parametrize("path", _PATHS)
def test_no_token_gets_nothing(workspace: LocalWorkspace, path: str) -> None:
    assert _status(workspace, path) == 401


@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer ", "Basic {token}", "{token}"])
def test_a_wrong_token_gets_nothing(workspace: LocalWorkspace, value: str) -> None:
    assert _status(workspace, "/_local/status", Authorization=value.format(token=workspace.token)) == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:443", "127.0.0.1:x", ""])
def test_a_foreign_host_name_is_refused(workspace: LocalWorkspace, host: str) -> None:
    token = f"Bearer {workspace.token}"
    assert _status(workspace, "/_local/status", Authorization=token, Host=host) == 400


def test_localhost_is_the_same_host(api: Api) -> None:
    url = api.url.replace("127.0.0.1", "localhost")
    assert api.session.get(f"{url}/_local/status", timeout=30).status_code == 200


def test_the_refusal_has_the_shape_of_azure(workspace: LocalWorkspace) -> None:
    answer = requests.get(f"{workspace.url}/_local/status", verify=str(workspace.ca_bundle), timeout=30)
    assert answer.json()["error"]["code"] == "AuthenticationFailed"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["x-ms-request-id"]


def test_a_token_of_the_local_entra_is_accepted(workspace: LocalWorkspace, api: Api) -> None:
    connection = workspace.connection
    form = {
        "grant_type": "client_credentials",
        "client_id": connection["client_id"],
        "client_secret": connection["client_secret"],
        "scope": "https://management.azure.com/.default",
    }
    issued = api.call("POST", f"/{connection['tenant_id']}/oauth2/v2.0/token", data=form).json()
    assert issued["expires_in"] == 3600
    assert _status(workspace, "/_local/status", Authorization=f"Bearer {issued['access_token']}") == 200


def test_another_grant_is_refused(workspace: LocalWorkspace, api: Api) -> None:
    form = {"grant_type": "password", "username": "a", "password": "b"}
    answer = api.call("POST", f"/{workspace.connection['tenant_id']}/oauth2/v2.0/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_token_that_has_ended_is_not_valid(tmp_path: object) -> None:
    tokens = TokenStore(Database(tmp_path / "state.sqlite"))  # type: ignore[operator]
    fresh, _ = tokens.issue("management", 60)
    ended, _ = tokens.issue("management", -1)
    assert tokens.valid(fresh, "management")
    assert not tokens.valid(ended, "management")
    assert not tokens.valid(fresh, "endpoint:shop")


def test_the_address_book_names_this_server_only(workspace: LocalWorkspace) -> None:
    answer = requests.get(f"{workspace.url}/discovery", verify=str(workspace.ca_bundle), timeout=30)
    assert set(answer.json().values()) == {workspace.url}
