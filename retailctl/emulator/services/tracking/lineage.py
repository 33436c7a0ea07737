"""What links jobs, their MLflow runs and the models registered from them.

On Azure ML a job *is* its MLflow run: both have one id. An MLflow server gives its runs ids of its own, so that here
the run carries the job's name (tag `azureml.runId`), and the job and the models registered from its outputs carry the
run's id (property `mlflow.runId`). `flavors` of a model version are those of its MLmodel file, in the shape that the
published description of ModelVersion gives them; that Azure fills them in by itself is inferred [inf].
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

RUN_PROPERTY = "mlflow.runId"
JOB_TAG = "azureml.runId"
_LARGEST_MLMODEL_BYTES = 2**20


def with_lineage(properties: Mapping[str, Any], folder: Path, job: Mapping[str, Any] | None) -> dict[str, Any]:
    """Properties of a new model version, completed from its MLmodel file and from the job that it comes from.

    What the caller said itself stays.
    """
    description = _mlmodel(folder)
    noted = ((job or {}).get("properties") or {}).get(RUN_PROPERTY)
    run = noted or description.get("run_id")
    found = dict(properties)
    if run:
        found["properties"] = {RUN_PROPERTY: str(run), **(properties.get("properties") or {})}
    flavors = description.get("flavors")
    if isinstance(flavors, dict) and not properties.get("flavors"):
        found["flavors"] = {str(name): {"data": _texts(data)} for name, data in flavors.items()}
    return found


def _texts(data: object) -> dict[str, str]:
    """FlavorData's map of texts."""
    return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else {}


def _mlmodel(folder: Path) -> dict[str, Any]:
    """The content of a model folder's MLmodel file; empty where there is none, or none that can be read."""
    file = folder / "MLmodel"
    if not file.is_file():
        return {}
    import yaml  # here, because no start of the server needs it

    try:
        if file.is_symlink() or file.stat().st_size > _LARGEST_MLMODEL_BYTES:
            return {}
        content = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}
