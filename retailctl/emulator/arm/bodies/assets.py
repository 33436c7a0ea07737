"""Bodies of the versioned assets: codes, data, environments, models; and of their containers."""

from __future__ import annotations

from typing import Any, Literal

from retailctl.emulator.arm.bodies.shape import RequiredText, Shape, TextMap


class AssetProperties(Shape):
    """What every asset has."""

    description: str | None = None
    tags: TextMap | None = None
    properties: TextMap | None = None
    is_anonymous: bool | None = None
    is_archived: bool | None = None


class CodeProperties(AssetProperties):
    """`properties` of a code version."""

    code_uri: str | None = None


class DataProperties(AssetProperties):
    """`properties` of a data version."""

    data_type: Literal["uri_file", "uri_folder", "mltable"]
    data_uri: RequiredText


class Route(Shape):
    """Where a container answers."""

    path: RequiredText
    port: int


class InferenceConfig(Shape):
    """The routes of an inference container."""

    liveness_route: Route | None = None
    readiness_route: Route | None = None
    scoring_route: Route | None = None


class EnvironmentProperties(AssetProperties):
    """`properties` of an environment version."""

    image: str | None = None
    conda_file: str | None = None
    build: dict[str, Any] | None = None
    inference_config: InferenceConfig | None = None
    os_type: str | None = None


class ModelProperties(AssetProperties):
    """`properties` of a model version."""

    model_uri: RequiredText
    model_type: str | None = None
    job_name: str | None = None
    flavors: dict[str, Any] | None = None
    stage: str | None = None


class CodeBody(Shape):
    """PUT of a code version."""

    properties: CodeProperties


class DataBody(Shape):
    """PUT of a data version."""

    properties: DataProperties


class EnvironmentBody(Shape):
    """PUT of an environment version."""

    properties: EnvironmentProperties


class ModelBody(Shape):
    """PUT of a model version."""

    properties: ModelProperties


class ContainerBody(Shape):
    """PUT of an asset's container: what all its versions share."""

    properties: AssetProperties


class PendingUploadBody(Shape):
    """POST startPendingUpload."""

    pending_upload_id: str | None = None
    pending_upload_type: str | None = None
