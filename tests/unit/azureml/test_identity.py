"""Who we are to the service, what its region offers, and what its clock says."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from retailctl.azureml import Workspace
from retailctl.azureml.identity import identify
from retailctl.domain.resources import Identity, VmSize
from tests.unit.azureml.doubles import ScriptedTransport


class Holder:
    """A credential that holds one token."""

    def __init__(self, token: str, expires_on: int = 1_800_000_000) -> None:
        self.token = AccessToken(token, expires_on)

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return self.token


def jwt(**claims: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{body}.signature"


@pytest.mark.parametrize(
    ("claims", "account"),
    [
        ({"upn": "ann@example.org", "appid": "cli"}, "ann@example.org"),
        ({"appid": "11111111", "oid": "22222222"}, "11111111"),
        ({}, None),
    ],
)
def test_the_most_telling_claim_names_the_account(claims: dict[str, str], account: str | None) -> None:
    found = identify(Holder(jwt(tid="tenant-1", **claims)), "cli", "scope")
    assert found == Identity("cli", "tenant-1", account, datetime(2027, 1, 15, 8, 0, tzinfo=UTC))


@pytest.mark.parametrize("token", ["local-token", "a.b.c", "a.!!.c", jwt() + "x.y"])
def test_a_token_of_another_make_tells_nothing(token: str) -> None:
    assert identify(Holder(token, 2**31 - 1), "token", "scope") == Identity("token", None, None, None)


def test_the_token_itself_is_not_told() -> None:
    token = jwt(upn="ann@example.org")
    assert token not in repr(identify(Holder(token), "cli", "scope"))


def test_sizes_are_read_of_the_workspaces_region(workspace: Workspace, azure: ScriptedTransport) -> None:
    size = {"name": "Standard_DS3_v2", "family": "standardDSv2Family", "vCPUs": 4}
    azure.answers(200, {"value": [size]})
    assert workspace.vm_sizes() == [VmSize("Standard_DS3_v2", "standardDSv2Family", 4)]
    assert azure.sent[0].path.endswith("/locations/westeurope/vmSizes")


def test_the_services_clock_is_read_from_an_answer(workspace: Workspace, azure: ScriptedTransport) -> None:
    azure.answers(200, {"name": "ws"}, Date="Mon, 02 Nov 2026 09:00:05 GMT").answers(200, {"name": "ws"})
    assert workspace.server_time() == datetime(2026, 11, 2, 9, 0, 5, tzinfo=UTC)
    assert workspace.server_time() is None


def test_identity_logs_in_and_names_the_credential(workspace: Workspace) -> None:
    assert workspace.identity().credential == "token"
