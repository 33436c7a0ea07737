"""A team's own clusters, as the official SDK and the management client make, change and remove them."""

from __future__ import annotations

from typing import Any

import pytest
from azure.ai.ml import command
from azure.ai.ml.entities import AmlCompute, ComputeInstance, Environment
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.machinelearningservices import models

from tests.contract.conftest import TRAIN_IMAGE
from tests.contract.polling import until

pytestmark = pytest.mark.contract


def test_a_cluster_is_made_changed_used_and_removed(client: Any, management: Any, here: tuple[str, str]) -> None:
    wanted = AmlCompute(name="nightly", size="Standard_DS3_v2", max_instances=2, tier="low_priority", tags={"a": "b"})
    client.compute.begin_create_or_update(wanted).result()
    found = client.compute.get("nightly")
    assert (found.size, found.max_instances, found.tier, found.tags) == (
        "Standard_DS3_v2", 2, "low_priority", {"a": "b"}
    )  # fmt: skip
    scale = models.ScaleSettings(max_node_count=3, min_node_count=1)
    update = models.ClusterUpdateParameters(properties=models.ScaleSettingsInformation(scale_settings=scale))
    management.compute.begin_update(*here, "nightly", update).result()
    assert (client.compute.get("nightly").max_instances, client.compute.get("nightly").min_instances) == (3, 1)
    job = command(command="true", environment=Environment(image=TRAIN_IMAGE), compute="nightly")
    name = client.jobs.create_or_update(job).name
    until(lambda: client.jobs.get(name).status == "Completed")
    client.compute.begin_delete("nightly").result()
    with pytest.raises(ResourceNotFoundError):
        client.compute.get("nightly")
    management.compute.begin_delete(*here, "nightly", "Delete").result()


def test_the_catalogues_cluster_may_be_made_again_with_another_size(client: Any) -> None:
    client.compute.begin_create_or_update(
        AmlCompute(name="cpu-cluster", size="Standard_DS4_v2", max_instances=8)
    ).result()
    found = client.compute.get("cpu-cluster")
    assert (found.size, found.max_instances) == ("Standard_DS4_v2", 8)
    assert [each.name for each in client.compute.list()].count("cpu-cluster") == 1
    with pytest.raises(HttpResponseError, match="of the local catalogue"):
        client.compute.begin_delete("cpu-cluster").result()


@pytest.mark.parametrize(
    ("compute", "said"),
    [
        (AmlCompute(name="unknown-size", size="Standard_HB120", max_instances=1), "not in the local catalogue"),
        (AmlCompute(name="ends-1", size="Standard_DS3_v2", max_instances=1), "is not allowed"),
        (ComputeInstance(name="notebook", size="Standard_DS3_v2"), "computes of type ComputeInstance"),
    ],
)
def test_what_is_no_cluster_of_this_machine_is_refused(client: Any, compute: Any, said: str) -> None:
    with pytest.raises(HttpResponseError, match=said):
        client.compute.begin_create_or_update(compute).result()
