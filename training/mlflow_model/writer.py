"""Makes an MLflow model folder around an artifact, without a tracking server and without pickle.

The folder is what ``mlflow.pyfunc.save_model`` would write with a loader module, except that the artifact lies beside
MLmodel, where serving looks for it, and that nothing is inferred by importing the model in another process.
"""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import yaml

from training.artifact import Manifest

ARTIFACT = "artifact"
CODE = "code"
MLMODEL = "MLmodel"
LOADER = "training.mlflow_model.loader"

_PACKAGES = ("mlflow", "numpy", "pandas")
"""What the loader imports."""

_SHIPPED = ("__init__.py", "features", "artifact", "mlflow_model")
"""What of this package the loader needs."""


def clear(folder: Path) -> None:
    """Take an earlier model out of a folder, the file that makes it one first, and nothing but what we wrote."""
    (folder / MLMODEL).unlink(missing_ok=True)
    for file in (folder / ARTIFACT / "manifest.json", *(folder / ARTIFACT).glob("*.npy")):
        file.unlink(missing_ok=True)
    if (folder / CODE / "training" / "mlflow_model" / "loader.py").is_file():
        shutil.rmtree(folder / CODE / "training")


def write_model(folder: Path, manifest: Manifest) -> None:
    """Add to a folder that holds the artifact what makes it an MLflow model; MLmodel comes last."""
    import mlflow.pyfunc
    from mlflow.models import Model

    _copy_code(folder / CODE / "training")
    _write_environment(folder)
    model = Model(
        run_id=os.environ.get("MLFLOW_RUN_ID"),
        signature=_signature(manifest),
        metadata={"digest": manifest.digest, "data_fingerprint": manifest.data_fingerprint},
    )
    mlflow.pyfunc.add_to_model(
        model,
        loader_module=LOADER,
        data=ARTIFACT,
        code=CODE,
        conda_env="conda.yaml",
        python_env="python_env.yaml",
    )
    model.save(str(folder / MLMODEL))


def _copy_code(target: Path) -> None:
    source = Path(__file__).resolve().parents[1]
    target.mkdir(parents=True)
    for name in _SHIPPED:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source / name, target / name)


def _write_environment(folder: Path) -> None:
    """The three files of an MLflow model's environment (mlflow.org, "MLflow Models", "Storage Format")."""
    packages = [f"{name}=={version(name)}" for name in _PACKAGES]
    python = platform.python_version()
    conda = {
        "name": "retail-forecast",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": packages}],
    }
    python_env = {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    (folder / "requirements.txt").write_text("\n".join(packages) + "\n", encoding="utf-8")
    (folder / "conda.yaml").write_text(yaml.safe_dump(conda, sort_keys=False), encoding="utf-8")
    (folder / "python_env.yaml").write_text(yaml.safe_dump(python_env, sort_keys=False), encoding="utf-8")


def _signature(manifest: Manifest) -> object:
    """Rows of the data contract in; the horizon and the quantiles are parameters."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    texts = ("event_name", "dept_id", "cat_id", "state_id")
    numbers = ("sales", "price", "promo", *manifest.spec.known)
    columns = [
        *(ColSpec("string", name) for name in ("store_id", "item_id")),
        ColSpec("datetime", "date", required=False),
        *(ColSpec("string", name, required=False) for name in texts),
        *(ColSpec("double", name, required=False) for name in numbers),
    ]
    params = [
        ParamSpec("horizon", "long", manifest.horizon),
        ParamSpec("quantiles", "double", list(manifest.quantiles), shape=(-1,)),
    ]
    return ModelSignature(inputs=Schema(columns), params=ParamSchema(params))
