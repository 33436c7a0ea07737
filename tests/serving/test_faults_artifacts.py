"""Models that cannot be served: whatever lies in the folder, the process stays up, says why, and ends well."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving.conftest import Serve
from tests.serving.process import Service, wait_until
from tests.training.test_artifact_opening import edit_manifest, sign
from training.artifact import FORMAT_VERSION
from training.features import FEATURE_VERSION

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}


@pytest.fixture
def folder(model_dir: Path, tmp_path: Path) -> Path:
    """A copy of the model to break."""
    return Path(shutil.copytree(model_dir, tmp_path / "model"))


def manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Signed again, so that only the change itself can be what is wrong."""

    def breakage(folder: Path) -> None:
        edit_manifest(folder / "artifact", change, resign=True)

    return breakage


def text(content: str) -> Callable[[Path], None]:
    def breakage(folder: Path) -> None:
        (folder / "artifact" / "manifest.json").write_text(content)

    return breakage


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def newer(folder: Path) -> None:
    edit_manifest(folder / "artifact", lambda value: value.update(format_version=FORMAT_VERSION + 1))


def two_models(folder: Path) -> None:
    shutil.copytree(folder / "artifact", folder / "other" / "artifact")


def folder_for_a_file(folder: Path) -> None:
    (folder / "artifact" / "tree_nodes.npy").unlink()
    (folder / "artifact" / "tree_nodes.npy").mkdir()


def dangling_link(folder: Path) -> None:
    (folder / "artifact" / "tree_nodes.npy").unlink()
    (folder / "artifact" / "tree_nodes.npy").symlink_to("nowhere")


def rebuilt(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """An array changed by somebody who signed it anew: the checksums are right and the content is not."""

    def breakage(folder: Path) -> None:
        file = folder / "artifact" / f"{name}.npy"
        np.save(file, change(np.load(file)))
        sign(folder / "artifact")

    return breakage


def endless(nodes: np.ndarray) -> np.ndarray:
    """Trees whose branches lead back to themselves."""
    nodes["left"][nodes["feature"] >= 0] = 0
    return nodes


def outside(nodes: np.ndarray) -> np.ndarray:
    nodes["right"][nodes["feature"] >= 0] = 10**9
    return nodes


def unknown_features(nodes: np.ndarray) -> np.ndarray:
    nodes["feature"][nodes["feature"] >= 0] = 30_000
    return nodes


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "an empty folder": (empty, "no artifact/manifest.json in it or one folder below; it holds nothing"),
    "two artifacts": (two_models, "more than one artifact/manifest.json"),
    "a newer format": (newer, f"has format {FORMAT_VERSION + 1}; this code reads"),
    "features of another version": (
        manifest(lambda value: value.update(feature_version=FEATURE_VERSION + 1)),
        f"features of version {FEATURE_VERSION + 1}; this code computes",
    ),
    "other features": (manifest(lambda value: value.update(features=value["features"][1:])), "this code computes"),
    "an empty manifest": (text(""), "cannot be read as a manifest"),
    "a manifest that is a list": (text("[]"), "cannot be read as a manifest"),
    "a manifest nested without end": (text("[" * 100_000), "cannot be read as a manifest"),
    "a manifest of zeros": (text("\0" * 1000), "cannot be read as a manifest"),
    "a spec that is a number": (
        lambda folder: edit_manifest(folder / "artifact", lambda value: value.update(spec=3)),
        "is incomplete",
    ),
    "a folder where a file should be": (folder_for_a_file, "tree_nodes.npy cannot be read"),
    "a link to nowhere": (dangling_link, "tree_nodes.npy cannot be read"),
    "trees that never end": (rebuilt("tree_nodes", endless), "cannot forecast its probes"),
    "trees that lead outside": (rebuilt("tree_nodes", outside), "cannot forecast its probes"),
    "trees on features that are not there": (rebuilt("tree_nodes", unknown_features), "cannot forecast its probes"),
    "no trees": (rebuilt("tree_roots", lambda roots: roots[:0]), "cannot forecast its probes"),
}


@pytest.mark.parametrize(("breakage", "said"), [pytest.param(*case, id=name) for name, case in BROKEN.items()])
def test_a_broken_model_leaves_the_process_up_with_the_reason(
    folder: Path, breakage: Callable[[Path], None], said: str
) -> None:
    breakage(folder)
    with Service(folder, SERVING_DRAIN_SECONDS="0") as service:
        assert_refused_with_reason(service, said)


@pytest.mark.parametrize("damage", ["truncated", "emptied", "one bit flipped", "missing"])
def test_a_damaged_file_is_named(folder: Path, damage: str) -> None:
    """The largest file, as a broken download leaves it; each file by itself is tested with the artifact."""
    file = max((folder / "artifact").glob("*.npy"), key=lambda each: each.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(bytes({"truncated": content[:-100], "emptied": b"", "one bit flipped": content}[damage]))
    with Service(folder, SERVING_DRAIN_SECONDS="0") as service:
        assert_refused_with_reason(service, file.name)


@pytest.mark.parametrize("closed", ["artifact/manifest.json", "artifact/tree_nodes.npy", "artifact", "."])
def test_what_may_not_be_read_is_named(folder: Path, serve: Serve, closed: str) -> None:
    (folder / closed).chmod(0)
    try:
        with serve(folder, SERVING_DRAIN_SECONDS="0") as service:
            wait_until(lambda: service.get("/ready").json["status"] in ("failed", "ready"))
            if service.get("/ready").status == 200:
                pytest.skip("this process may read everything")
            assert_refused_with_reason(service, "ermission denied")
    finally:
        (folder / closed).chmod(0o755)


def test_a_model_replaced_while_it_serves_changes_no_answer(folder: Path, serve: Serve) -> None:
    """Files are replaced as deployments do it, by renaming; those in use are the old ones until the next start."""
    with serve(folder, SERVING_DRAIN_SECONDS="0") as service:
        before = service.ready().score(ONE).json
        for file in (folder / "artifact").iterdir():
            other = file.with_suffix(".new")
            other.write_bytes(b"\0" * file.stat().st_size)
            other.replace(file)

        assert service.score(ONE).json == before
        assert service.get("/ready").status == 200
        shutil.rmtree(folder / "artifact")
        assert service.score(ONE).json == before


def assert_refused_with_reason(service: Service, said: str) -> None:
    """Every route says what is to be said, without a trace anywhere; the log has it once."""
    wait_until(lambda: service.get("/ready").json["status"] == "failed")
    ready, score = service.get("/ready"), service.score(ONE)

    assert (ready.status, service.get("/live").status, service.get("/health").status) == (503, 200, 503)
    assert said in ready.json["reason"]
    assert (score.status, score.error["code"]) == (503, "model-not-ready")
    assert score.error["message"] == ready.json["reason"] == service.get("/health").json["reason"]
    assert service.get("/version").json["model"] is None
    assert "retail_model_ready 0" in service.get("/metrics").body.decode()
    wait_until(lambda: service.logged("model not loaded"))
    assert [line["level"] for line in service.logged("model not loaded")] == ["ERROR"]
    assert not [line for line in service.log if "exception" in line or "Traceback" in str(line)]
