"""What a job's body must say to run here, and the document that it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.bodies.jobs import CommandJobProperties
from retailctl.emulator.arm.durations import seconds_of
from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.services.computes import Computes
from retailctl.emulator.services.documents import merged_tags
from retailctl.emulator.services.jobs.commands import expand_output_uri
from retailctl.emulator.services.jobs.compute import compute_name
from retailctl.emulator.services.uris import output_place, run_folder
from retailctl.emulator.states import job as states

_BINDING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


def check(properties: CommandJobProperties, computes: Computes) -> None:
    """Raise ArmError (400, 404) unless the job can run here."""
    if properties.distribution:
        kind = properties.distribution.get("distributionType", "unknown")
        raise bad_request(f"The local Azure ML does not run distributed jobs (distribution {kind}).")
    if properties.resources and (properties.resources.instance_count or 1) > 1:
        raise bad_request("The local Azure ML runs a job on one node; set resources.instanceCount to 1.")
    compute_name(properties.compute_id, computes)
    for name in (*(properties.inputs or {}), *(properties.outputs or {})):
        if not _BINDING_NAME.fullmatch(name):
            raise bad_request(f"The input or output name {name!r} is not letters, digits and underscores.")
    if properties.limits and properties.limits.timeout is not None:
        seconds_of("properties.limits.timeout", properties.limits.timeout)


def document(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The job as it is stored: what was sent, completed, with the address of each output. Raises ArmError (400)."""
    found = {key: value for key, value in properties.items() if value is not None}
    outputs = {
        output: _output(name, output, given or {"jobOutputType": "uri_folder"})
        for output, given in (found.get("outputs") or {}).items()
    }
    default = {"jobOutputType": "uri_folder", "mode": "ReadWriteMount"}
    folder = run_folder(name)
    outputs["default"] = {**default, "uri": f"azureml://datastores/{folder.datastore}/{folder.path}"}
    found |= {
        "displayName": found.get("displayName") or name,
        "experimentName": found.get("experimentName") or "Default",
        "status": states.JOB.initial,
        "isArchived": False,
        "tags": merged_tags(found.get("tags"), None),
        "properties": merged_tags(found.get("properties"), None),
        "inputs": found.get("inputs") or {},
        "outputs": outputs,
        "environmentVariables": found.get("environmentVariables") or {},
    }
    return {"properties": found, "private": {}}


def _output(job: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An output with its address filled in."""
    kept = {key: value for key, value in given.items() if value is not None}
    uri = expand_output_uri(kept["uri"], job, name) if kept.get("uri") else output_place(job, name).short_uri()
    return {"mode": "ReadWriteMount", **kept, "uri": uri}
