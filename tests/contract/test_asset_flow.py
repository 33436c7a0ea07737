"""The official SDK registers code, data, environments and models, and gets them back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml.entities import Data, Environment, Model
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import INFER_IMAGE, ROUTES

pytestmark = pytest.mark.contract
Folder = Callable[..., Path]


def test_model_versions_count_up_by_themselves(client: Any, folder: Folder) -> None:
    first = client.models.create_or_update(Model(name="counted", path=folder("a", "x.txt"), type="custom_model"))
    second = client.models.create_or_update(Model(name="counted", path=folder("b", "x.txt"), type="custom_model"))
    assert (first.version, second.version) == ("1", "2")
    assert client.models.get("counted", label="latest").version == "2"


def test_a_model_comes_back_as_it_was_sent(client: Any, folder: Folder, tmp_path: Path) -> None:
    source = folder("model", "MLmodel", "deep/er/weights.bin")
    client.models.create_or_update(Model(name="kept", version="7", path=source, type="mlflow_model", tags={"sha": "1"}))
    found = client.models.get("kept", "7")
    assert (found.type, found.tags) == ("mlflow_model", {"sha": "1"})
    client.models.download("kept", "7", tmp_path / "down")
    names = {path.relative_to(tmp_path / "down").as_posix() for path in (tmp_path / "down").rglob("*.bin")}
    assert names == {"kept/model/deep/er/weights.bin"}


def test_an_archived_version_leaves_the_list_and_returns(client: Any, folder: Folder) -> None:
    for name in "ab":
        client.models.create_or_update(Model(name="shelved", path=folder(name, "x.txt")))
    client.models.archive("shelved", version="1")
    assert [each.version for each in client.models.list("shelved")] == ["2"]
    client.models.restore("shelved", version="1")
    assert {each.version for each in client.models.list("shelved")} == {"1", "2"}


def test_a_version_cannot_be_pointed_elsewhere(client: Any, folder: Folder) -> None:
    client.models.create_or_update(Model(name="fixed", version="1", path=folder("one", "x.txt")))
    with pytest.raises(HttpResponseError, match="Asset paths cannot be updated"):
        client.models.create_or_update(Model(name="fixed", version="1", path=folder("two", "y.txt")))


def test_a_version_that_is_no_integer_is_refused(client: Any, folder: Folder) -> None:
    with pytest.raises(HttpResponseError, match="not an integer"):
        client.models.create_or_update(Model(name="named", version="1.2.0", path=folder("m", "x.txt")))


def test_a_model_without_files_is_refused(client: Any) -> None:
    nowhere = "azureml://datastores/workspaceblobstore/paths/nothing/here"
    with pytest.raises(HttpResponseError, match="There is nothing at"):
        client.models.create_or_update(Model(name="empty", path=nowhere))


def test_data_is_uploaded_and_listed(client: Any, folder: Folder) -> None:
    made = client.data.create_or_update(Data(name="sales", path=folder("sales", "part.csv"), type="uri_folder"))
    assert made.version == "1"
    assert client.data.get("sales", "1").path.rstrip("/").endswith("/sales")
    assert [each.name for each in client.data.list()] == ["sales"]


def test_an_environment_keeps_its_routes(client: Any) -> None:
    wanted = Environment(name="infer", version="3", image=INFER_IMAGE, inference_config=ROUTES)
    client.environments.create_or_update(wanted)
    found = client.environments.get("infer", "3")
    assert found.image == INFER_IMAGE
    assert found.inference_config.scoring_route.path == "/score"


def test_an_environment_version_does_not_change(client: Any) -> None:
    client.environments.create_or_update(Environment(name="pinned", version="1", image="a/retail/infer:1"))
    with pytest.raises(HttpResponseError, match="exists with another image"):
        client.environments.create_or_update(Environment(name="pinned", version="1", image="a/retail/infer:2"))


def test_the_compute_catalogue_has_the_cluster(client: Any) -> None:
    found = client.compute.get("cpu-cluster")
    assert (found.size, found.max_instances) == ("Standard_DS3_v2", 4)
    assert "cpu-cluster" in [each.name for each in client.compute.list()]
    with pytest.raises(ResourceNotFoundError):
        client.compute.get("gpu-cluster")


def test_the_default_datastore_is_described(client: Any) -> None:
    assert client.datastores.get_default().name == "workspaceblobstore"
    assert {each.name for each in client.datastores.list()} == {"workspaceblobstore", "workspaceartifactstore"}


def test_the_workspace_describes_itself(client: Any, workspace: LocalWorkspace) -> None:
    found = client.workspaces.get("local")
    assert found.location == "local"
    assert found.mlflow_tracking_uri == f"{workspace.url}/mlflow"
