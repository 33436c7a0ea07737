"""Request bodies that most tests need."""

from __future__ import annotations

from typing import Any

INFER_IMAGE = "registry.azurecr.io/retail/infer@sha256:" + "b" * 64
TRAIN_IMAGE = "registry.azurecr.io/retail/train:1"


def endpoint(**properties: Any) -> dict[str, Any]:
    """An endpoint with keys."""
    return {"location": "local", "properties": {"authMode": "Key", **properties}}


def environment(image: str = INFER_IMAGE) -> dict[str, Any]:
    """An environment for serving or training."""
    routes = {"livenessRoute": "/live", "readinessRoute": "/ready", "scoringRoute": "/score"}
    config = {name: {"path": path, "port": 8080} for name, path in routes.items()}
    return {"properties": {"image": image, "inferenceConfig": config}}


def deployment(environment_id: str, slot: str = "blue", count: int = 1, **properties: Any) -> dict[str, Any]:
    """A deployment without a model."""
    return {
        "location": "local",
        "sku": {"name": "Default", "capacity": count},
        "properties": {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS3_v2",
            "environmentId": environment_id,
            "environmentVariables": {"SLOT": slot},
            **properties,
        },
    }


def job(environment_id: str, command: str, **properties: Any) -> dict[str, Any]:
    """A command job without code."""
    return {"properties": {"jobType": "Command", "command": command, "environmentId": environment_id, **properties}}
