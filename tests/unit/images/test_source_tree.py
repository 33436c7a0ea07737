"""The same source has the same digest, wherever and whenever it lies there."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from retailctl.errors import InvalidInput
from retailctl.images.source_tree import copy_into, digest, replacing, source_files

FILES = {"serving/app.py": "app", "serving/routes/score.py": "score", "serving/requirements.txt": "numpy"}
LITTER = {
    "serving/__pycache__/app.cpython-311.pyc": "x",
    "serving/.DS_Store": "x",
    "serving/.cache/y": "x",
    "serving/app.py~": "x",
    "serving/routes/.score.py.swp": "x",
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def of(root: Path) -> str:
    return digest(source_files(root, "serving"))


def test_the_digest_knows_no_place_time_or_mode(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", FILES), write(tmp_path / "elsewhere" / "two", FILES)
    os.utime(two / "serving" / "app.py", (1, 1))
    (two / "serving" / "app.py").chmod(0o755)
    assert of(one) == of(two)


def test_caches_hidden_files_and_leftovers_are_no_source(tmp_path: Path) -> None:
    clean, littered = write(tmp_path / "clean", FILES), write(tmp_path / "littered", {**FILES, **LITTER})
    assert of(clean) == of(littered)
    assert {str(name) for name in source_files(littered, "serving")} == set(FILES)


@pytest.mark.parametrize(
    "changed",
    [
        {**FILES, "serving/app.py": "other"},
        {**FILES, "serving/new.py": ""},
        {name.replace("score.py", "ask.py"): content for name, content in FILES.items()},
        {name: content for name, content in FILES.items() if "routes" not in name},
    ],
)
def test_any_change_of_content_or_name_changes_the_digest(tmp_path: Path, changed: dict[str, str]) -> None:
    assert of(write(tmp_path / "one", FILES)) != of(write(tmp_path / "two", changed))


def test_content_that_moves_between_files_changes_the_digest(tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"serving/a": "1", "serving/b": "2"})
    two = write(tmp_path / "two", {"serving/a": "2", "serving/b": "1"})
    assert of(one) != of(two)


def test_a_single_file_can_be_a_part(tmp_path: Path) -> None:
    write(tmp_path, {"training/__init__.py": "", "training/train.py": ""})
    assert list(source_files(tmp_path, "training/__init__.py")) == [PurePosixPath("training/__init__.py")]


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="serving"):
        source_files(tmp_path, "serving")


def test_a_replaced_folder_holds_only_the_new_files(tmp_path: Path) -> None:
    source, target = write(tmp_path / "source", FILES), write(tmp_path / "target", {"old": "x"})
    with replacing(target) as made:
        copy_into(source_files(source, "serving"), made)
    assert {str(name) for name in source_files(target, "serving")} == set(FILES)
    assert not (target / "old").exists()


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    target = write(tmp_path / "target", {"old": "x"})

    def fail_half_way() -> None:
        with replacing(target) as made:
            (made / "half").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert [file.name for file in target.iterdir()] == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["target"]
