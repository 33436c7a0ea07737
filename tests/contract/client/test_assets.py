"""Our client registers, finds, archives and fetches the assets of a real local Azure ML."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.azureml import Workspace
from retailctl.domain.references import ModelRef
from retailctl.errors import ResourceNotFound
from tests.contract.client import files

pytestmark = pytest.mark.contract


def register(workspace: Workspace, folder: Path, name: str, times: int = 1) -> ModelRef:
    for number in range(times):
        file = files.model(folder, name)
        (folder / name / "weights.txt").write_text(f"weights {number + 1}", encoding="utf-8")
        made = workspace.models.create(file)
        assert made.version == number + 1
    return ModelRef(name, times)


def test_each_registration_gets_the_next_number(workspace: Workspace, tmp_path: Path) -> None:
    register(workspace, tmp_path, "numbered", times=3)
    assert [model.version for model in workspace.models.list("numbered")] == [3, 2, 1]
    assert workspace.models.latest("numbered").version == 3


def test_an_archived_model_is_hidden_and_restored_with_all_it_had(workspace: Workspace, tmp_path: Path) -> None:
    ref = register(workspace, tmp_path, "hidden")
    before = workspace.models.get(ref)
    workspace.models.archive(ref)
    assert workspace.models.list("hidden") == []
    with pytest.raises(ResourceNotFound):
        workspace.models.latest("hidden")
    assert [model.archived for model in workspace.models.list("hidden", archived=True)] == [True]
    workspace.models.restore(ref)
    assert workspace.models.get(ref) == before


def test_tags_are_added_to_those_that_are_there(workspace: Workspace, tmp_path: Path) -> None:
    ref = register(workspace, tmp_path, "tagged")
    assert workspace.models.set_tags(ref, {"champion": "true"}).tags == {"git": "abc", "champion": "true"}


def test_a_models_files_come_back_as_they_were(workspace: Workspace, tmp_path: Path) -> None:
    ref = register(workspace, tmp_path, "fetched")
    folder = workspace.models.download(ref, tmp_path / "to")
    assert [file.read_text(encoding="utf-8") for file in folder.rglob("weights.txt")] == ["weights 1"]


def test_a_deleted_model_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    ref = register(workspace, tmp_path, "deleted")
    workspace.models.delete(ref)
    with pytest.raises(ResourceNotFound, match="model 'deleted:1' was not found"):
        workspace.models.get(ref)
    with pytest.raises(ResourceNotFound):
        workspace.models.delete(ref)


def test_environments_have_versions_that_are_archived_and_restored(workspace: Workspace, tmp_path: Path) -> None:
    made = workspace.environments.create(files.environment(tmp_path, "versions", "a1"))
    assert (made.text, made.image) == ("versions:a1", files.IMAGE)
    workspace.environments.create(files.environment(tmp_path, "versions", "b2"))
    assert [each.version for each in workspace.environments.list("versions")] == ["b2", "a1"]
    workspace.environments.archive("versions", "b2")
    assert [each.version for each in workspace.environments.list("versions")] == ["a1"]
    workspace.environments.restore("versions", "b2")
    assert "versions:b2" in [each.text for each in workspace.environments.list()]


def test_data_of_this_machine_is_uploaded(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "a.csv").write_text("x\n1\n", encoding="utf-8")
    content = {"name": "sales", "path": str(tmp_path / "sales"), "type": "uri_folder"}
    made = workspace.data.create(files.write(tmp_path, "sales", content))
    assert (made.name, made.type) == ("sales", "uri_folder")
    assert made.path is not None
    assert made.path.startswith("azureml://")
    workspace.data.archive("sales", made.version)
    assert workspace.data.list("sales") == []


def test_computes_and_quotas_are_there(workspace: Workspace) -> None:
    cluster = workspace.computes.get("cpu-cluster")
    assert cluster in workspace.computes.list()
    assert cluster.type == "AmlCompute"
    assert all(usage.used <= usage.limit for usage in workspace.usages())


@pytest.mark.parametrize(("kind", "name"), [("models", "nothing-there"), ("environments", "nothing-there")])
def test_the_versions_of_nothing_are_not_an_empty_list(workspace: Workspace, kind: str, name: str) -> None:
    with pytest.raises(ResourceNotFound):
        getattr(workspace, kind).list(name)
