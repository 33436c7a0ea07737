"""The one model that all servers hold: trained on made-up data, or a given one; and the folders that the peers open."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.benchmarks.forecast_measured import measure
from tests.benchmarks.serving_booster import ARTIFACT, BOOSTER, model_text
from training.artifact import Artifact, ArtifactError, Manifest, load
from training.mlflow_model.writer import write_model

STORES, ITEMS = 4, 500
"""Of the made-up data: 2,000 series."""


@dataclass(frozen=True)
class Models:
    """Folders below ``work`` that hold the same artifact."""

    work: Path

    @property
    def product(self) -> Path:
        """An MLflow model as training writes it, which is what ours serves."""
        return self.work / "model"

    @property
    def peer(self) -> Path:
        """The artifact and its trees as a LightGBM model."""
        return self.work / "peer"

    @property
    def pyfunc(self) -> Path:
        """The MLflow model of the peer."""
        return self.work / "pyfunc"

    @cached_property
    def artifact(self) -> Artifact:
        """SystemExit where this code cannot serve it."""
        try:
            return load(self.product / ARTIFACT)
        except ArtifactError as error:
            raise SystemExit(str(error)) from error

    def describe(self) -> str:
        trees, spec = len(self.artifact.predictor.trees.roots), self.artifact.predictor.spec
        size = sum(file.stat().st_size for file in (self.product / ARTIFACT).iterdir()) / 2**20
        columns = len(self.artifact.manifest.features)
        return (
            f"{len(self.artifact.series):,} series, {trees} trees, {columns} features, horizon {spec.horizon}; "
            f"the artifact's files have {size:.0f} MiB"
        )

    def make_peer(self) -> None:
        """The peer's folder, from the artifact."""
        trees, names = self.artifact.predictor.trees, self.artifact.manifest.features
        self.peer.mkdir()
        shutil.copytree(self.product / ARTIFACT, self.peer / ARTIFACT)
        (self.peer / BOOSTER).write_text(model_text(trees.nodes, trees.roots, names))

    def make_pyfunc(self, python: Path) -> None:
        """The peer's MLflow model, made by the peer's own MLflow."""
        measure([python, Path(__file__).with_name("serving_peer_mlflow.py"), self.peer, self.pyfunc])


def prepare(given: Path | None, work: Path) -> Models:
    """The model to serve: a trained one's folder, or one made here."""
    return _adopt(given, work) if given else _train(work)


def _train(work: Path) -> Models:
    """Trains on two years of made-up sales, with all defaults but for a shorter backtest."""
    data, out = work / "data", work / "model"
    sample = [sys.executable, "-m", "training.datasets.sample", "--out", str(data)]
    measure([*sample, "--stores", str(STORES), "--items", str(ITEMS)])
    run = measure([sys.executable, "training/train.py", "--data", data, "--out_dir", out, "--backtest_origins", "1"])
    print(f"trained in {run.wall_s:.0f} s ({run.user_s:.0f} s of processor time)", flush=True)
    return Models(work)


def _adopt(given: Path, work: Path) -> Models:
    """Takes a trained model, with this checkout's code beside it, which may be newer than what trained it."""
    models = Models(work)
    models.product.mkdir(parents=True)
    shutil.copytree(given / ARTIFACT, models.product / ARTIFACT)
    write_model(models.product, Manifest.read(models.product / ARTIFACT))
    return models
