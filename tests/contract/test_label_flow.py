"""Labels, stages and archives of assets, as the official SDK asks for them and as other clients write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml import Input, command
from azure.ai.ml.constants import ListViewType
from azure.ai.ml.entities import Data, Environment, Model

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import TRAIN_IMAGE
from tests.contract.polling import until
from tests.emulator.api import Api

pytestmark = pytest.mark.contract
Folder = Callable[..., Path]


def _model(client: Any, name: str, path: Path, **changes: Any) -> Any:
    return client.models.create_or_update(Model(name=name, path=path, type="custom_model", **changes))


def test_a_job_by_label_runs_with_the_newest_version_and_keeps_it(client: Any, folder: Folder) -> None:
    client.environments.create_or_update(Environment(name="floating", version="1", image=TRAIN_IMAGE))
    for name in "ab":
        client.data.create_or_update(Data(name="floating", path=folder(name, "x.csv"), type="uri_folder"))
    job = command(
        command="cat ${{inputs.x}}/x.csv",
        environment="floating@latest",
        compute="cpu-cluster",
        inputs={"x": Input(type="uri_folder", path="azureml:floating:2")},
    )
    made = client.jobs.create_or_update(job)
    until(lambda: client.jobs.get(made.name).status in {"Completed", "Failed"})
    found = client.jobs.get(made.name)
    assert found.status == "Completed"
    assert str(found.environment).endswith("floating:1")


@pytest.mark.parametrize("reference", ["azureml:labelled@latest", "{workspace}/models/labelled/labels/latest"])
def test_a_body_may_name_a_label_and_keeps_the_version_that_it_meant(
    client: Any, workspace: LocalWorkspace, folder: Folder, reference: str
) -> None:
    api = Api.of(workspace)
    _model(client, "labelled", folder("m", "x.txt"))
    client.environments.create_or_update(Environment(name="train", version="1", image=TRAIN_IMAGE))
    given = {"jobInputType": "custom_model", "uri": reference.format(workspace=api.workspace)}
    newest = next(iter(client.models.list("labelled"))).version
    body = {"jobType": "Command", "command": "true", "environmentId": f"{api.workspace}/environments/train/versions/1"}
    answer = api.arm("PUT", f"/jobs/by-label-{len(reference)}", json={"properties": {**body, "inputs": {"x": given}}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["properties"]["inputs"]["x"]["uri"].endswith(f"/models/labelled/versions/{newest}")


def test_a_label_that_is_not_there_is_not_found(client: Any, workspace: LocalWorkspace, folder: Folder) -> None:
    api = Api.of(workspace)
    client.environments.create_or_update(Environment(name="train", version="1", image=TRAIN_IMAGE))
    body = {"jobType": "Command", "command": "true", "environmentId": "azureml:train@champion"}
    answer = api.arm("PUT", "/jobs/champion", json={"properties": body})
    assert answer.status_code == 404
    assert "label 'champion' of environment 'train'" in answer.json()["error"]["message"]


def test_a_label_reaches_the_newest_version_that_is_not_archived(client: Any, folder: Folder) -> None:
    for name in "ab":
        _model(client, "shelf", folder(name, "x.txt"))
    client.models.archive("shelf", label="latest")
    assert client.models.get("shelf", label="latest").version == "1"


@pytest.mark.parametrize(
    ("view", "versions"),
    [(ListViewType.ACTIVE_ONLY, ["2"]), (ListViewType.ARCHIVED_ONLY, ["1"]), (ListViewType.ALL, ["2", "1"])],
)
def test_a_list_holds_what_its_view_asks_for(
    client: Any, folder: Folder, view: ListViewType, versions: list[str]
) -> None:
    name = f"viewed-{len(versions)}-{versions[0]}"
    for each in "ab":
        _model(client, name, folder(each, "x.txt"))
    client.models.archive(name, version="1")
    assert [each.version for each in client.models.list(name, list_view_type=view)] == versions


@pytest.mark.parametrize("family", ["models", "data", "environments"])
def test_an_archived_container_leaves_the_list_and_returns(client: Any, folder: Folder, family: str) -> None:
    assets = getattr(client, family)
    name = f"whole-{family}"
    if family == "environments":
        assets.create_or_update(Environment(name=name, version="1", image=TRAIN_IMAGE))
    else:
        kind = Model if family == "models" else Data
        assets.create_or_update(kind(name=name, path=folder(family, "x.txt")))
    assets.archive(name)
    assert name not in [each.name for each in assets.list()]
    assert name in [each.name for each in assets.list(list_view_type=ListViewType.ARCHIVED_ONLY)]
    assets.restore(name)
    assert name in [each.name for each in assets.list()]


def test_versions_are_listed_by_stage(client: Any, folder: Folder) -> None:
    _model(client, "staged", folder("a", "x.txt"), stage="Production")
    _model(client, "staged", folder("b", "x.txt"))
    assert [each.version for each in client.models.list("staged", stage="production")] == ["1"]


def test_an_environment_keeps_its_conda_file_beside_its_image(client: Any, tmp_path: Path) -> None:
    conda = tmp_path / "conda.yml"
    conda.write_text("name: train\nchannels: [conda-forge]\ndependencies: [python=3.11]\n")
    client.environments.create_or_update(Environment(name="conda", image=TRAIN_IMAGE, conda_file=str(conda)))
    found = client.environments.get("conda", label="latest")
    assert (found.image, found.conda_file["dependencies"]) == (TRAIN_IMAGE, ["python=3.11"])
