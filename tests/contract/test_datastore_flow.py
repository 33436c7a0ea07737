"""A team's own datastores, as the official SDK makes and uses them: over containers of the workspace's account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml import Input, Output, command
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AzureBlobDatastore,
    AzureDataLakeGen2Datastore,
    Data,
    Environment,
    SasTokenConfiguration,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.machinelearningservices import models

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import TRAIN_IMAGE
from tests.contract.polling import until
from tests.emulator.api import Api

pytestmark = pytest.mark.contract


def _datastore(name: str, **changes: Any) -> AzureBlobDatastore:
    return AzureBlobDatastore(**{"name": name, "account_name": "local", "container_name": "teams", **changes})


@pytest.fixture(scope="module")
def key(workspace: LocalWorkspace) -> str:
    """The account's key; the container is there."""
    api = Api.of(workspace)
    assert api.call("PUT", "/local.blob.core.local/teams?restype=container").status_code == 201
    found: str = api.arm("POST", "/datastores/workspaceblobstore/listSecrets").json()["key"]
    return found


@pytest.fixture
def team(client: Any, key: str) -> Iterator[Any]:
    """A datastore of the team's own."""
    credentials = AccountKeyConfiguration(account_key=key)
    yield client.datastores.create_or_update(_datastore("team", credentials=credentials, tags={"a": "b"}))
    client.datastores.delete("team")


def test_a_datastore_is_made_read_listed_and_forgotten(client: Any, team: Any, key: str) -> None:
    found = client.datastores.get("team")
    assert (found.container_name, found.tags) == ("teams", {"a": "b"})
    assert client.datastores.get("team", include_secrets=True).credentials.account_key == key
    assert {each.name for each in client.datastores.list()} > {"team", "workspaceblobstore"}
    assert client.datastores.get_default().name == "workspaceblobstore"
    client.datastores.delete("team")
    with pytest.raises(ResourceNotFoundError):
        client.datastores.get("team")


def test_data_and_outputs_of_jobs_are_kept_in_it(
    client: Any, team: Any, folder: Callable[..., Path], tmp_path: Path
) -> None:
    made = client.data.create_or_update(Data(name="own", path=folder("own", "a.csv"), datastore="team"))
    assert "/datastores/team/paths/" in made.path
    job = command(
        command="cp ${{inputs.x}}/a.csv ${{outputs.y}}/b.csv",
        environment=Environment(image=TRAIN_IMAGE),
        inputs={"x": Input(path="azureml:own:1")},
        outputs={"y": Output(path="azureml://datastores/team/paths/made")},
    )
    name = client.jobs.create_or_update(job).name
    until(lambda: client.jobs.get(name).status in {"Completed", "Failed"})
    client.jobs.download(name, download_path=tmp_path, output_name="y")
    assert (tmp_path / "named-outputs/y/b.csv").read_text() == "own/a.csv"


def test_its_container_is_not_deleted_under_it(team: Any, workspace: LocalWorkspace) -> None:
    refused = Api.of(workspace).call("DELETE", "/local.blob.core.local/teams?restype=container")
    assert (refused.status_code, refused.headers["x-ms-error-code"]) == (409, "ContainerInUse")


@pytest.mark.parametrize(
    ("datastore", "said"),
    [
        (_datastore("elsewhere", account_name="prodaccount"), "no storage account but its own"),
        (_datastore("workspaceblobstore"), "is the workspace's own"),
        (_datastore("signed", credentials=SasTokenConfiguration(sas_token="")), "sasToken: is missing"),
        (AzureDataLakeGen2Datastore(name="lake", account_name="local", filesystem="x"), "datastores of type AzureData"),
    ],
)
def test_what_cannot_be_reached_here_is_refused(client: Any, datastore: Any, said: str) -> None:
    with pytest.raises(HttpResponseError, match=said):
        client.datastores.create_or_update(datastore)


def test_a_container_must_be_there_unless_the_caller_says_otherwise(
    management: Any, here: tuple[str, str], team: Any
) -> None:
    properties = models.AzureBlobDatastore(
        account_name="local", container_name="not-there", credentials=models.NoneDatastoreCredentials()
    )
    body = models.Datastore(properties=properties)
    with pytest.raises(HttpResponseError, match="has no container 'not-there'"):
        management.datastores.create_or_update(*here, "coming", body)
    made = management.datastores.create_or_update(*here, "coming", body, skip_validation=True)
    assert made.properties.is_default is False
    with pytest.raises(HttpResponseError, match="the caller's own login"):
        management.datastores.list_secrets(*here, "coming")
    management.datastores.delete(*here, "coming")
    management.datastores.delete(*here, "coming")


def test_an_address_in_an_unknown_datastore_is_refused(client: Any) -> None:
    with pytest.raises(HttpResponseError, match="datastore 'ghost' does not exist"):
        client.data.create_or_update(Data(name="ghost", path="azureml://datastores/ghost/paths/x"))
