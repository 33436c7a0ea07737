"""The environment variables that a job's process finds, beside those of its image and its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.services.context import Context
from retailctl.emulator.services.jobs.workdir import WorkFolder


def job_variables(
    context: Context, job: str, properties: Mapping[str, Any], work: WorkFolder, *, contained: bool
) -> dict[str, str]:
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
        **context.tracking.variables(job, properties["experimentName"], label, contained=contained),
        **{name: value or "" for name, value in (properties.get("environmentVariables") or {}).items()},
    }
