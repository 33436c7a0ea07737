"""What a deployment's body must say, and what the platform fills in where it says nothing.

Limits and defaults: "Managed online endpoint deployment YAML schema" and "Manage resources and quotas", Azure ML
documentation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.bodies.deployments import DeploymentBody, DeploymentProperties, Probe
from retailctl.emulator.arm.durations import seconds_of
from retailctl.emulator.arm.errors import ArmError, bad_request, invalid_body
from retailctl.emulator.services.catalogue import MachineSize, machine_size

MOST_INSTANCES = 50
MOST_DEPLOYMENTS = 20
LONGEST_REQUEST_S = 180
_PROBE = {
    "initialDelay": "PT10S",
    "period": "PT10S",
    "timeout": "PT2S",
    "successThreshold": 1,
    "failureThreshold": 30,
}
_REQUESTS = {"maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT5S", "maxQueueWait": "PT0.5S"}


def check(body: DeploymentBody) -> None:
    """Raise ArmError (400) unless the body describes a deployment that can be made."""
    properties = body.properties
    capacity = body.sku.capacity if body.sku and body.sku.capacity is not None else 1
    check_capacity(capacity)
    if not properties.instance_type:
        raise invalid_body("properties.instanceType", "a managed deployment needs one")
    machine_size(properties.instance_type)
    if properties.scale_settings and properties.scale_settings.scale_type != "Default":
        raise bad_request("Managed online deployments take the scale type 'Default' only.")
    if properties.code_configuration:
        raise bad_request("The local Azure ML runs images that bring their own server; it takes no codeConfiguration.")
    if properties.model_mount_path and not properties.model_mount_path.startswith("/"):
        raise invalid_body("properties.modelMountPath", "must be an absolute path")
    _check_requests(properties)
    _check_probe("livenessProbe", properties.liveness_probe)
    _check_probe("readinessProbe", properties.readiness_probe)
    _check_variables(properties.environment_variables or {})


def check_capacity(capacity: int) -> None:
    """Raise ArmError (400) unless a deployment may have so many instances."""
    if not 1 <= capacity <= MOST_INSTANCES:
        raise bad_request(f"The instance count is {capacity}; it must be 1 to {MOST_INSTANCES}.", target="sku.capacity")


def _check_requests(properties: DeploymentProperties) -> None:
    settings = properties.request_settings
    timeout = settings.request_timeout if settings else None
    if timeout is not None:
        limit = seconds_of("properties.requestSettings.requestTimeout", timeout)
        if not 0 < limit <= LONGEST_REQUEST_S:
            raise bad_request(f"The request timeout {timeout} must be above 0 and at most {LONGEST_REQUEST_S} seconds.")


def _check_probe(name: str, probe: Probe | None) -> None:
    if probe is None:
        return
    for field in ("initialDelay", "period", "timeout"):
        value = probe.document().get(field)
        if value is not None and not seconds_of(f"properties.{name}.{field}", value) and field != "initialDelay":
            raise invalid_body(f"properties.{name}.{field}", "must be above 0")
    if name == "livenessProbe" and probe.success_threshold not in {None, 1}:
        raise bad_request("The success threshold of a liveness probe must be 1.", target=name)


def _check_variables(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if "${{" in (value or ""):
            raise bad_request(f"The environment variable {name} refers to a secret store; there is none here.")


def complete(body: DeploymentBody) -> dict[str, Any]:
    """The deployment as it is stored: what was sent, with the platform's defaults where nothing was."""
    document = body.document()
    properties = {name: value for name, value in document["properties"].items() if value is not None}
    properties |= {
        "appInsightsEnabled": properties.get("appInsightsEnabled", False),
        "egressPublicNetworkAccess": properties.get("egressPublicNetworkAccess", "Enabled"),
        "environmentVariables": properties.get("environmentVariables", {}),
        "scaleSettings": {"scaleType": "Default"},
        "requestSettings": _REQUESTS | _given(properties.get("requestSettings")),
        "livenessProbe": _PROBE | _given(properties.get("livenessProbe")),
        "readinessProbe": _PROBE | _given(properties.get("readinessProbe")),
    }
    sku = {"name": "Default", "capacity": 1} | _given(document.get("sku"))
    return {**document, "properties": properties, "sku": sku}


def _given(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (settings or {}).items() if value is not None}


def cores(document: Mapping[str, Any]) -> tuple[MachineSize, int]:
    """Size of a deployment's machines, and the cores that it counts for: a fifth more instances are held in reserve."""
    size = machine_size(document["properties"]["instanceType"])
    return size, math.ceil(1.2 * document["sku"]["capacity"]) * size.cores


def check_quota(document: Mapping[str, Any], used: Mapping[str, int], limit: int, subscription: str) -> None:
    """Raise ArmError (400) when the deployment needs more cores of its family than are left."""
    size, needed = cores(document)
    taken = used.get(size.family, 0)
    if taken + needed > limit:
        reason = (
            f"Not enough quota available for {size.name} in SubscriptionId {subscription}."
            f" Current usage/limit: {taken}/{limit}. Additional needed: {needed}"
        )
        details = [("InferencingClientCreateDeploymentFailed", reason)]
        raise ArmError(400, "BadRequest", f"The request is invalid. {reason}", details=details)
