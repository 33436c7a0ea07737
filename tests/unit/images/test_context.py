"""An image is named by all that decides its content, and by nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from retailctl.config.bundle import bundle_root
from retailctl.config.settings import Settings
from retailctl.images.context import build_context
from retailctl.images.registry import registry_of, repository_of

DOCKERFILE = "FROM python:3.11-slim\n"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A project's own copy of training/ and serving/."""
    for part in ("training", "serving"):
        shutil.copytree(bundle_root() / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def digest(image: str, code: Path, dockerfile: str = DOCKERFILE) -> str:
    return build_context(image, code, dockerfile).digest


def test_the_digest_is_that_of_the_content(code: Path) -> None:
    assert digest("infer", code) == digest("infer", bundle_root())
    assert digest("train", code) == digest("train", bundle_root())
    assert digest("infer", code).startswith("sha256:")
    assert len(digest("infer", code)) == len("sha256:") + 64


@pytest.mark.parametrize(
    ("file", "train", "infer"),
    [
        ("training/train.py", False, False),
        ("training/data/loader.py", False, False),
        ("training/features/__init__.py", False, True),
        ("training/requirements.txt", True, False),
        ("serving/__main__.py", False, True),
        ("serving/requirements.txt", False, True),
    ],
)
def test_an_edit_renames_the_images_that_hold_the_file(code: Path, file: str, train: bool, infer: bool) -> None:
    before = {image: digest(image, code) for image in ("train", "infer")}
    (code / file).parent.mkdir(exist_ok=True)
    (code / file).write_text("# edited\n")
    changed = {image: digest(image, code) != before[image] for image in ("train", "infer")}
    assert changed == {"train": train, "infer": infer}


def test_another_dockerfile_is_another_image(code: Path) -> None:
    assert digest("infer", code) != digest("infer", code, DOCKERFILE + "ENV X=1\n")


def test_the_folder_it_leaves_is_the_whole_build_context(code: Path, tmp_path: Path) -> None:
    dockerfile = build_context("infer", code, DOCKERFILE).write(tmp_path / "out" / "infer")
    folder = dockerfile.parent
    assert dockerfile.read_text() == DOCKERFILE
    assert (folder / "requirements.txt").read_text() == (code / "serving" / "requirements.txt").read_text()
    assert (folder / "training" / "features").is_dir()
    assert (folder / "serving").is_dir()
    assert not (folder / "training" / "train.py").exists()
    assert not (folder / "training" / "data").exists()


def test_the_training_image_holds_packages_alone(code: Path, tmp_path: Path) -> None:
    folder = build_context("train", code, DOCKERFILE).write(tmp_path / "train").parent
    assert sorted(file.name for file in folder.iterdir()) == ["Dockerfile", "requirements.txt"]


def test_what_trains_is_locked_for_the_training_image_alone() -> None:
    training, serving = (bundle_root() / part / "requirements.txt" for part in ("training", "serving"))
    for package in ("lightgbm", "scikit-learn", "mlflow", "pandas"):
        assert f"\n{package}==" in training.read_text()
        assert f"\n{package}==" not in serving.read_text()


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        (Settings(), "localhost"),
        (Settings(acr_name="acrretaildev"), "acrretaildev.azurecr.io"),
        (Settings(acr_name="acrretaildev", registry="registry.example:5000"), "registry.example:5000"),
    ],
)
def test_the_registry_is_the_one_that_is_set(code: Path, settings: Settings, host: str) -> None:
    context = build_context("infer", code, DOCKERFILE)
    reference = context.reference(registry_of(settings), repository_of(settings, "infer"))
    assert reference.text == f"{host}/retail/infer@{context.digest}"
    assert reference.pinned


def test_serving_starts_with_nothing_but_the_image_s_own_files(tmp_path: Path) -> None:
    folder = build_context("infer", bundle_root(), DOCKERFILE).write(tmp_path / "infer").parent
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    line = [sys.executable, "-c", "import serving.__main__, serving.app; print(serving.app.__file__)"]
    done = subprocess.run(line, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(folder / "serving" / "app.py"), done.stderr
