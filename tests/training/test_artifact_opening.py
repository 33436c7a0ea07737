"""Opening an artifact: what is refused, and what the message says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import ROOT, Job, environment
from training.artifact import Artifact, ArtifactError, load
from training.artifact.manifest import Manifest, sha256_of


@pytest.fixture
def folder(job: Job, tmp_path: Path) -> Path:
    """A copy of the trained artifact to damage."""
    return Path(shutil.copytree(job.out_dir / "artifact", tmp_path / "artifact"))


def edit_manifest(folder: Path, change: Callable[[dict], None], resign: bool = False) -> None:
    file = folder / "manifest.json"
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))
    if resign:
        sign(folder)


def sign(folder: Path) -> None:
    """Make the manifest agree with the changed files, as somebody would who rebuilt them with other code."""
    value = json.loads((folder / "manifest.json").read_text())
    value["checksums"] = {name: sha256_of(folder / f"{name}.npy") for name in value["checksums"]}
    (folder / "manifest.json").write_text(json.dumps(value))
    value.pop("digest")
    from training.features import FeatureSpec

    parts = {"spec": FeatureSpec.from_json(value["spec"])}
    parts |= {name: tuple(value[name]) for name in ("features", "quantiles")}
    Manifest(**{**value, **parts}).write(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"nowhere holds no model: manifest\.json is missing"):
        load(tmp_path / "nowhere")


def test_a_manifest_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ArtifactError, match="cannot be read as a manifest"):
        load(folder)


def test_a_newer_format_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda value: value.update(format_version=99))
    with pytest.raises(ArtifactError, match="format 99; this code reads 1 to 2"):
        load(folder)


def test_an_edited_manifest_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda value: value.update(baseline=value["baseline"] + 1))
    with pytest.raises(ArtifactError, match="digest does not match"):
        load(folder)


def test_an_incomplete_manifest_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda value: value.pop("spec"))
    with pytest.raises(ArtifactError, match="incomplete"):
        load(folder)


def test_other_features_are_refused(folder: Path) -> None:
    edit_manifest(folder, lambda value: value.update(features=value["features"][1:]), resign=True)
    with pytest.raises(ArtifactError, match="was trained on"):
        load(folder)


@pytest.mark.parametrize("name", ["tree_nodes", "series_sales", "quantile_ratios"])
def test_a_flipped_bit_is_found(folder: Path, name: str) -> None:
    file = folder / f"{name}.npy"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=rf"{name}\.npy is damaged"):
        load(folder)


def test_a_truncated_file_is_refused(folder: Path) -> None:
    file = folder / "series_price.npy"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ArtifactError, match=r"series_price\.npy is damaged"):
        load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "tree_roots.npy").unlink()
    with pytest.raises(ArtifactError, match=r"tree_roots\.npy cannot be read"):
        load(folder)


def test_a_pickled_array_is_never_unpickled(folder: Path) -> None:
    np.save(folder / "series_age.npy", np.array([print], object), allow_pickle=True)
    sign(folder)
    with pytest.raises(ArtifactError, match=r"series_age\.npy cannot be read"):
        load(folder)


def test_arrays_of_other_shapes_are_refused(folder: Path) -> None:
    np.save(folder / "series_sales.npy", np.load(folder / "series_sales.npy")[:, 1:])
    sign(folder)
    with pytest.raises(ArtifactError, match="other shapes"):
        load(folder)


def test_a_runtime_that_forecasts_differently_is_found_by_the_probes(folder: Path) -> None:
    nodes = np.load(folder / "tree_nodes.npy")
    nodes["value"] *= np.float32(1.01)
    np.save(folder / "tree_nodes.npy", nodes)
    sign(folder)
    with pytest.raises(ArtifactError, match="a probe differs by"):
        load(folder)


def test_the_digest_names_the_model(artifact: Artifact, folder: Path) -> None:
    assert load(folder).manifest.digest == artifact.manifest.digest
    edit_manifest(folder, lambda value: value.update(code_revision="other"), resign=True)
    assert load(folder).manifest.digest != artifact.manifest.digest


def test_opening_needs_numpy_alone(job: Job) -> None:
    code = (
        "import sys; from pathlib import Path; from training.artifact import load; "
        f"load(Path({str(job.out_dir / 'artifact')!r})); "
        "print(sorted(set(sys.modules) & {'lightgbm', 'sklearn', 'scipy', 'pandas', 'pyarrow', 'mlflow', 'pickle5'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
