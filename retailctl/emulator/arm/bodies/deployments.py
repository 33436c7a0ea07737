"""Bodies of the online deployment operations."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from retailctl.emulator.arm.bodies.shape import RequiredText, Shape, TextMap


class Probe(Shape):
    """Timing of a liveness or readiness probe; durations as ISO 8601."""

    initial_delay: str | None = None
    period: str | None = None
    timeout: str | None = None
    success_threshold: int | None = Field(default=None, ge=1)
    failure_threshold: int | None = Field(default=None, ge=1)


class RequestSettings(Shape):
    """How long a request may take, and how many an instance takes at once."""

    max_concurrent_requests_per_instance: int | None = Field(default=None, ge=1)
    request_timeout: str | None = None
    max_queue_wait: str | None = None


class ScaleSettings(Shape):
    """`Default` is all that managed endpoints take."""

    scale_type: RequiredText


class DeploymentProperties(Shape):
    """`properties` of a deployment."""

    endpoint_compute_type: Literal["Managed"]
    description: str | None = None
    app_insights_enabled: bool | None = None
    code_configuration: dict[str, Any] | None = None
    environment_id: str | None = None
    environment_variables: TextMap | None = None
    instance_type: str | None = None
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    model: str | None = None
    model_mount_path: str | None = None
    properties: TextMap | None = None
    request_settings: RequestSettings | None = None
    scale_settings: ScaleSettings | None = None


class Sku(Shape):
    """`capacity` is the number of instances."""

    name: str | None = None
    capacity: int | None = None


class DeploymentBody(Shape):
    """PUT of a deployment: the whole of it."""

    location: RequiredText
    tags: TextMap | None = None
    kind: str | None = None
    identity: dict[str, Any] | None = None
    sku: Sku | None = None
    properties: DeploymentProperties


class DeploymentPatch(Shape):
    """PATCH of a deployment: tags and capacity, nothing else."""

    tags: TextMap | None = None
    sku: Sku | None = None


class LogsBody(Shape):
    """POST getLogs."""

    container_type: Literal["InferenceServer", "StorageInitializer"] | None = None
    tail: int | None = Field(default=None, ge=1)
