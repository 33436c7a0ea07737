"""Azure's generated management client on every verb of the assets, and on what the higher SDK does not reach."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.machinelearningservices import models

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import INFER_IMAGE
from tests.contract.polling import until
from tests.emulator.api import Api

pytestmark = pytest.mark.contract

_IMAGE = models.EnvironmentVersion(properties=models.EnvironmentVersionProperties(image=INFER_IMAGE))


@pytest.fixture(scope="module")
def place(workspace: LocalWorkspace) -> str:
    """An address in the datastore at which there is something."""
    answer = Api.of(workspace).call(
        "PUT",
        "/local.blob.core.local/azureml-blobstore/judged/x.csv",
        data=b"x",
        headers={"x-ms-blob-type": "BlockBlob"},
    )
    assert answer.status_code == 201
    return "azureml://datastores/workspaceblobstore/paths/judged"


_VERSIONS = {
    "code": lambda place: models.CodeVersion(
        properties=models.CodeVersionProperties(code_uri="https://127.0.0.1/local.blob.core.local/c")
    ),
    "data": lambda place: models.DataVersionBase(properties=models.UriFolderDataVersion(data_uri=place)),
    "environment": lambda place: _IMAGE,
    "model": lambda place: models.ModelVersion(properties=models.ModelVersionProperties(model_uri=place)),
}
_CONTAINERS = {
    "code": models.CodeContainer(properties=models.CodeContainerProperties(description="kept")),
    "data": models.DataContainer(properties=models.DataContainerProperties(data_type="uri_folder", description="kept")),
    "environment": models.EnvironmentContainer(properties=models.EnvironmentContainerProperties(description="kept")),
    "model": models.ModelContainer(properties=models.ModelContainerProperties(description="kept")),
}


@pytest.mark.parametrize("family", sorted(_VERSIONS))
def test_an_asset_lives_through_every_verb(management: Any, here: tuple[str, str], place: str, family: str) -> None:
    containers, versions = (getattr(management, f"{family}_{kind}") for kind in ("containers", "versions"))
    made = containers.create_or_update(*here, "verbs", _CONTAINERS[family])
    assert (made.properties.description, made.properties.next_version) == ("kept", "1")
    for number in ("1", "2"):
        versions.create_or_update(*here, "verbs", number, _VERSIONS[family](place))
    assert containers.get(*here, "verbs").properties.latest_version == "2"
    assert "verbs" in [each.name for each in containers.list(*here)]
    assert [each.name for each in versions.list(*here, "verbs")] == ["2", "1"]
    assert versions.get(*here, "verbs", "1").name == "1"
    versions.delete(*here, "verbs", "2")
    with pytest.raises(ResourceNotFoundError):
        versions.get(*here, "verbs", "2")
    containers.delete(*here, "verbs")
    with pytest.raises(ResourceNotFoundError):
        containers.get(*here, "verbs")
    versions.delete(*here, "verbs", "1")
    containers.delete(*here, "verbs")


def test_a_long_list_is_followed_from_page_to_page(management: Any, here: tuple[str, str]) -> None:
    for number in range(1, 8):
        management.environment_versions.create_or_update(*here, "long", str(number), _IMAGE)
    found = [each.name for each in management.environment_versions.list(*here, "long", top=3)]
    assert found == [str(number) for number in range(7, 0, -1)]


def test_an_endpoint_and_its_slot_live_through_every_verb(management: Any, here: tuple[str, str]) -> None:
    endpoints, slots = management.online_endpoints, management.online_deployments
    routes = {f"{name}_route": models.Route(path=f"/{path}", port=8080) for name, path in _ROUTES.items()}
    image = models.EnvironmentVersionProperties(
        image=INFER_IMAGE, inference_config=models.InferenceContainerProperties(**routes)
    )
    environment = management.environment_versions.create_or_update(
        *here, "served", "1", models.EnvironmentVersion(properties=image)
    )
    properties = models.OnlineEndpointProperties(auth_mode="Key")
    body = models.OnlineEndpoint(location="local", properties=properties)
    assert endpoints.begin_create_or_update(*here, "verbs", body).result().properties.provisioning_state == "Succeeded"
    slot = models.OnlineDeployment(
        location="local",
        sku=models.Sku(name="Default", capacity=1),
        properties=models.ManagedOnlineDeployment(environment_id=environment.id, instance_type="Standard_DS3_v2"),
    )
    slots.begin_create_or_update(*here, "verbs", "blue", slot).result()
    patch = models.PartialMinimalTrackedResourceWithSku(tags={"a": "b"}, sku=models.PartialSku(capacity=2))
    assert slots.begin_update(*here, "verbs", "blue", patch).result().sku.capacity == 2
    assert [each.sku.name for each in slots.list_skus(*here, "verbs", "blue")] == ["Default"]
    log = slots.get_logs(*here, "verbs", "blue", models.DeploymentLogsRequest(container_type="InferenceServer"))
    assert isinstance(log.content, str)
    tags = models.PartialMinimalTrackedResourceWithIdentity(tags={"c": "d"})
    assert endpoints.begin_update(*here, "verbs", tags).result().tags == {"c": "d"}
    assert [each.name for each in endpoints.list(*here, tags="c=d")] == ["verbs"]
    assert list(endpoints.list(*here, tags="c=x")) == []
    slots.begin_delete(*here, "verbs", "blue").result()
    endpoints.begin_delete(*here, "verbs").result()


_ROUTES = {"liveness": "live", "readiness": "ready", "scoring": "score"}


def test_jobs_are_listed_by_what_they_carry(management: Any, here: tuple[str, str], trained: str) -> None:
    for name, season in (("filtered-1", "winter"), ("filtered-2", "summer")):
        job = models.CommandJob(
            command="true", environment_id=trained, tags={"season": season}, properties={"owner": "retail"}
        )
        management.jobs.create_or_update(*here, name, models.JobBase(properties=job))

    def named(**filters: Any) -> list[str]:
        return sorted(each.name for each in management.jobs.list(*here, **filters))

    assert named(tag="season=winter") == ["filtered-1"]
    assert named(tag="season", job_type="Command") == ["filtered-1", "filtered-2"]
    assert named(tag="season", job_type="Sweep") == []
    assert named(tag="season", list_view_type="ArchivedOnly") == []


def test_a_job_is_cancelled_and_deleted(management: Any, here: tuple[str, str], trained: str) -> None:
    job = models.CommandJob(command="sleep 300", environment_id=trained)
    management.jobs.create_or_update(*here, "verbs", models.JobBase(properties=job))
    until(lambda: management.jobs.get(*here, "verbs").properties.status == "Running")
    management.jobs.begin_cancel(*here, "verbs").result()
    assert management.jobs.get(*here, "verbs").properties.status == "Canceled"
    management.jobs.begin_delete(*here, "verbs").result()
    with pytest.raises(ResourceNotFoundError):
        management.jobs.get(*here, "verbs")


def test_what_surrounds_the_workspace_is_read(management: Any, here: tuple[str, str]) -> None:
    assert management.workspaces.get(*here).name == here[1]
    assert [each.name for each in management.workspaces.list_by_resource_group(here[0])] == [here[1]]
    assert [each.name for each in management.datastores.list(*here, is_default=True)] == ["workspaceblobstore"]
    assert management.datastores.get(*here, "workspaceblobstore").properties.datastore_type == "AzureBlob"
    assert management.datastores.list_secrets(*here, "workspaceblobstore").key
    assert management.compute.get(*here, "cpu-cluster").properties.compute_type == "AmlCompute"
    assert {each.name for each in management.compute.list(*here)} >= {"cpu-cluster", "spot-cluster"}
