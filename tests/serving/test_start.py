"""From start to ready, and every way in which the model cannot be had: the process is up and says why."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.model import ModelHolder, identity, open_model
from serving.settings import InvalidSetting, Settings
from tests.serving.process import CHECKOUT, Service, run, wait_until
from training.artifact import FORMAT_VERSION

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}


def test_live_answers_before_the_model_is_loaded_and_ready_does_not(model_dir: Path, tmp_path: Path) -> None:
    manifest = shutil.copytree(model_dir, tmp_path / "model") / "artifact" / "manifest.json"
    content = manifest.read_bytes()
    manifest.unlink()
    os.mkfifo(manifest)  # loading waits here until somebody writes
    with Service(tmp_path / "model", SERVING_DRAIN_SECONDS="0") as service:
        assert service.get("/live").status == 200
        assert service.get("/ready").json == {"status": "loading", "reason": "the model is being loaded"}
        assert (service.get("/health").status, service.get("/health").json["model_loaded"]) == (503, False)
        assert service.score(ONE).error["code"] == "model-not-ready"
        assert service.score(ONE).headers["retry-after"] == "1"
        manifest.write_bytes(content)
        assert service.ready().score(ONE).status == 200


def test_the_model_may_lie_one_folder_below_the_mount(model_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(model_dir, tmp_path / "somewhere" / "model_out")
    model = open_model(tmp_path / "somewhere", max_series=10)

    assert model.description["name"] is None
    assert model.artifact.manifest.n_series == 16


@pytest.mark.parametrize(
    ("folder", "name", "version"),
    [
        ("/var/azureml-app/azureml-models/retail-forecast/7", "retail-forecast", "7"),
        ("/var/azureml-app/azureml-models/retail-forecast/2024-12", "retail-forecast", "2024-12"),
        ("/mnt/models/retail-forecast/7", "retail-forecast", "7"),
        ("/mnt/models/model_out", None, None),
    ],
)
def test_the_mount_path_tells_the_registered_model(folder: str, name: str | None, version: str | None) -> None:
    assert identity(Path(folder)) == (name, version)


def truncate(folder: Path) -> None:
    array = folder / "artifact" / "tree_nodes.npy"
    array.write_bytes(array.read_bytes()[:-100])


def change(folder: Path) -> None:
    manifest = folder / "artifact" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"origin": "2024', '"origin": "2023'))


def newer(folder: Path) -> None:
    manifest = folder / "artifact" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format_version": FORMAT_VERSION + 1}))


def no_manifest(folder: Path) -> None:
    (folder / "artifact" / "manifest.json").unlink()


def two_models(folder: Path) -> None:
    shutil.copytree(folder / "artifact", folder / "other" / "artifact")


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated array": (truncate, "tree_nodes"),
    "changed manifest": (change, "changed after training"),
    "newer format": (newer, f"has format {FORMAT_VERSION + 1}"),
    "no manifest": (no_manifest, "no artifact/manifest.json in it or one folder below; it holds MLmodel"),
    "two models": (two_models, "more than one artifact/manifest.json"),
    "no folder": (lambda folder: shutil.rmtree(folder), "no such folder"),
}


@pytest.mark.parametrize(("breakage", "said"), [pytest.param(*case, id=name) for name, case in BROKEN.items()])
def test_a_broken_model_is_not_loaded_and_the_reason_is_kept(
    model_dir: Path, tmp_path: Path, breakage: Callable[[Path], None], said: str
) -> None:
    folder = shutil.copytree(model_dir, tmp_path / "model")
    breakage(folder)
    holder = ModelHolder(folder, max_series=10)
    holder.load()

    assert (holder.state, holder.loaded) == ("failed", None)
    assert said in holder.reason


def test_without_a_model_the_process_stays_up_and_gives_the_reason_everywhere() -> None:
    said = "AZUREML_MODEL_DIR is not set; set it to the folder of the registered model"
    with Service(None, SERVING_DRAIN_SECONDS="0") as service:
        wait_until(lambda: service.get("/ready").json["status"] == "failed")
        ready, score = service.get("/ready"), service.score(ONE)
        assert (ready.status, ready.json["reason"]) == (503, said)
        assert (score.status, score.error["message"]) == (503, said)
        assert service.get("/health").json["reason"] == said
        assert service.get("/live").status == 200
        assert [(line["level"], line["message"]) for line in service.logged("model not loaded")] == [
            ("ERROR", f"model not loaded: {said}")
        ]


def test_a_wrong_setting_ends_the_process_with_code_2_and_its_name() -> None:
    ended = run("--port", "0", SERVING_THREADS="many")

    assert ended.returncode == 2
    assert ended.stderr == "error: SERVING_THREADS=many: expected a number\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVING_MAX_SERIES", "0"),
        ("SERVING_DRAIN_SECONDS", "nan"),
        ("SERVING_LOG_LEVEL", "LOUD"),
        ("SERVING_WORKERS", "65"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"{variable}={value}: expected"):
        Settings.from_environment({variable: value})


def test_the_limit_on_open_files_is_raised_as_far_as_the_connections_need_and_may() -> None:
    code = """
import resource
from serving.server import allow_connections
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 500))
allow_connections(100)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
allow_connections(1000)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert ended.stdout.split() == ["356", "500"]
