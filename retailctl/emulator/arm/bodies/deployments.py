"""Bodies of the online deployment operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, TextMap
from retailctl.emulator.arm.bodies.tracked import Identity, PartialSku, Sku


class Probe(Published):
    """Timing of a liveness or readiness probe; durations as ISO 8601."""

    initial_delay: str | None = None
    period: str | None = None
    timeout: str | None = None
    success_threshold: int | None = Field(default=None, ge=1)
    failure_threshold: int | None = Field(default=None, ge=1)


class RequestSettings(Published):
    """How long a request may take, and how many an instance takes at once."""

    max_concurrent_requests_per_instance: int | None = Field(default=None, ge=1)
    request_timeout: str | None = None
    max_queue_wait: str | None = None


class ScaleSettings(Published):
    """`Default` is all that managed endpoints take."""

    unread: ClassVar[Mapping[str, type]] = {
        "maxInstances": int,
        "minInstances": int,
        "pollingInterval": str,
        "targetUtilizationPercentage": int,
    }

    scale_type: RequiredText


class Collection(Published):
    """What a data collector would keep of one stream."""

    unread: ClassVar[Mapping[str, type]] = {"clientId": str, "dataId": str}

    data_collection_mode: Literal["Enabled", "Disabled"] | None = None
    sampling_rate: float | int | None = None


class DataCollector(Published):
    """Accepted, and without a meaning here: no requests are kept."""

    unread: ClassVar[Mapping[str, type]] = {"requestLogging": dict}

    collections: dict[str, Collection]
    rolling_rate: Literal["Year", "Month", "Day", "Hour", "Minute"] | None = None


class CodeConfiguration(Published):
    """A scoring script for a server of the platform's own; refused, since there is none here."""

    scoring_script: RequiredText
    code_id: str | None = None


class DeploymentProperties(Published):
    """`properties` of a deployment."""

    answered = frozenset({"provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {
        "egressPublicNetworkAccess": str,
        "privateNetworkConnection": bool,
        "startupProbe": dict,
    }

    endpoint_compute_type: Literal["Managed"]
    description: str | None = None
    app_insights_enabled: bool | None = None
    data_collector: DataCollector | None = None
    code_configuration: CodeConfiguration | None = None
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


class DeploymentBody(PublishedResource):
    """PUT of a deployment: the whole of it."""

    location: RequiredText
    tags: TextMap | None = None
    kind: str | None = None
    identity: Identity | None = None
    sku: Sku | None = None
    properties: DeploymentProperties


class DeploymentPatch(Published):
    """PATCH of a deployment: tags and capacity, nothing else."""

    tags: TextMap | None = None
    sku: PartialSku | None = None


class LogsBody(Published):
    """POST getLogs."""

    container_type: Literal["InferenceServer", "StorageInitializer"] | None = None
    tail: int | None = Field(default=None, ge=1)
