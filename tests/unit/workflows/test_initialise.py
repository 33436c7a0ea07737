"""Init writes a whole project or nothing, and never over somebody's work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retailctl.config.bundle import bundle_root
from retailctl.config.profiles import read_profiles
from retailctl.config.project import Project
from retailctl.errors import AlreadyExists, InvalidInput
from retailctl.workflows.initialise import PROJECT_FILE, InitRequest, initialise
from tests.unit.workflows.fakes import Shop


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_new_project_has_its_own_code_and_templates(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    result = initialise(shop.tools, InitRequest(folder))
    project = Project.find(folder, {})
    assert project.file == folder / "retailctl.toml"
    assert project.code_root == folder
    assert project.templates_dirs[0] == folder / "templates"
    assert set(result.written) == set(everything(folder))
    assert not list(folder.rglob("__pycache__"))
    assert (folder / "templates" / "deployment.yml.j2").read_bytes() == (
        bundle_root() / "templates" / "deployment.yml.j2"
    ).read_bytes()
    assert result.next.endswith("retailctl data sample --out data && retailctl release --data data")


def test_its_profiles_are_valid_with_every_comment_taken_away(tmp_path: Path) -> None:
    (tmp_path / "retailctl.toml").write_text(PROJECT_FILE)
    assert list(read_profiles(tmp_path / "retailctl.toml").profiles) == ["local"]
    uncommented = re.sub(r"^# (?=\S+ = |\[)", "", PROJECT_FILE, flags=re.MULTILINE)
    (tmp_path / "retailctl.toml").write_text(uncommented)
    read = read_profiles(tmp_path / "retailctl.toml")
    assert list(read.profiles) == ["local", "dev"]
    assert len(read.profiles["dev"]) == uncommented.split("[profiles.dev]")[1].count(" = ")


def test_again_nothing_changes(shop: Shop, tmp_path: Path) -> None:
    initialise(shop.tools, InitRequest(tmp_path / "shop"))
    before = everything(tmp_path / "shop")
    result = initialise(shop.tools, InitRequest(tmp_path / "shop"))
    assert (result.written, result.replaced) == ((), ())
    assert set(result.kept) == set(before)
    assert everything(tmp_path / "shop") == before


def test_somebody_s_work_is_in_the_way_until_force(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "serving").mkdir(parents=True)
    (folder / "serving" / "__init__.py").write_text("# mine\n")
    before = everything(folder)
    with pytest.raises(AlreadyExists) as caught:
        initialise(shop.tools, InitRequest(folder))
    assert "serving/__init__.py" in str(caught.value.reason)
    assert "--force" in caught.value.hint
    assert everything(folder) == before
    assert initialise(shop.tools, InitRequest(folder, force=True)).replaced == ("serving/__init__.py",)


def test_files_of_one_s_own_stay_beside_it(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / ".gitignore").write_text("mine\n")
    initialise(shop.tools, InitRequest(tmp_path))
    assert (tmp_path / "notes.md").read_text() == "mine"
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_dry_run_lists_and_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    result = initialise(shop.tools, InitRequest(tmp_path / "shop", dry_run=True))
    assert result.planned
    assert "retailctl.toml" in result.written
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("taken", ["shop", "shop/training"])
def test_a_file_where_a_folder_belongs_is_named(shop: Shop, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("x")
    with pytest.raises(InvalidInput, match="is a file"):
        initialise(shop.tools, InitRequest(tmp_path / "shop", force=True))


def test_a_failure_while_writing_leaves_the_folder_as_it_was(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.md").write_text("mine")
    written: list[Path] = []
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        written.append(self)
        if len(written) == 10:
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        initialise(shop.tools, InitRequest(tmp_path))
    assert set(everything(tmp_path)) == {"notes.md"}
