"""Jobs that run as their submitter: the official SDK looks into the token for whom it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.ai.ml import command
from azure.ai.ml.entities import Environment, UserIdentityConfiguration
from azure.identity import ClientSecretCredential

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import TRAIN_IMAGE, make_client
from tests.contract.polling import until

pytestmark = pytest.mark.contract


@pytest.fixture
def principal(workspace: LocalWorkspace) -> Iterator[ClientSecretCredential]:
    """A service principal that logs in at the local Entra."""
    connection = workspace.connection
    with ClientSecretCredential(
        connection["tenant_id"],
        connection["client_id"],
        connection["client_secret"],
        authority=workspace.url,
        disable_instance_discovery=True,
        connection_verify=str(workspace.ca_bundle),
    ) as credential:
        yield credential


def test_a_job_runs_as_its_submitter(workspace: LocalWorkspace, principal: ClientSecretCredential) -> None:
    client: Any = make_client(workspace, principal)
    job = command(
        command="true",
        environment=Environment(image=TRAIN_IMAGE),
        compute="cpu-cluster",
        identity=UserIdentityConfiguration(),
    )
    made = client.jobs.create_or_update(job)
    until(lambda: client.jobs.get(made.name).status in {"Completed", "Failed"})
    found = client.jobs.get(made.name)
    assert (found.status, found.identity.type) == ("Completed", "user_identity")
    assert f"tid={workspace.connection['tenant_id']}" in found.studio_url
