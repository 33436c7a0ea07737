"""The environment variables that a job's process finds, beside those of its image and its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.services.context import Context
from retailctl.emulator.services.jobs.workdir import WorkFolder
from retailctl.emulator.services.tracking import artifact_root, tracking_uri


def job_variables(context: Context, job: str, properties: Mapping[str, Any], work: WorkFolder) -> dict[str, str]:
    """Who the run is, where its inputs and outputs are, and where it tracks."""
    scope = context.scope
    label = properties.get("displayName") or job
    return {
        "AZUREML_RUN_ID": job,
        "AZUREML_ARM_SUBSCRIPTION": scope.subscription_id,
        "AZUREML_ARM_RESOURCEGROUP": scope.resource_group,
        "AZUREML_ARM_WORKSPACE_NAME": scope.workspace,
        "AZUREML_ARM_PROJECT_NAME": properties["experimentName"],
        **{f"AZURE_ML_INPUT_{name}": value for name, value in work.inputs.items()},
        **{f"AZURE_ML_OUTPUT_{name}": value for name, value in work.outputs.items()},
        "MLFLOW_TRACKING_URI": tracking_uri(context.folder),
        "MLFLOW_EXPERIMENT_NAME": properties["experimentName"],
        # Tags of the MLflow run that the job starts: it carries the job's name, and leads back to it.
        "MLFLOW_RUN_CONTEXT": json.dumps({"mlflow.runName": label, "azureml.runId": job}),
        "_MLFLOW_SERVER_ARTIFACT_ROOT": artifact_root(context.folder),
        **{name: value or "" for name, value in (properties.get("environmentVariables") or {}).items()},
    }
