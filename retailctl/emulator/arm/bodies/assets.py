"""Bodies of the versioned assets: codes, data, environments, models; and of their containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, TextMap


class AssetProperties(Published):
    """What every asset has."""

    answered = frozenset({"latestVersion", "nextVersion", "provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {"autoDeleteSetting": dict}

    description: str | None = None
    tags: TextMap | None = None
    properties: TextMap | None = None
    is_anonymous: bool | None = None
    is_archived: bool | None = None


class CodeProperties(AssetProperties):
    """`properties` of a code version."""

    answered = frozenset({"provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {"autoDeleteSetting": dict}

    code_uri: str | None = None


DataType = Literal["uri_file", "uri_folder", "mltable"]


class DataProperties(AssetProperties):
    """`properties` of a data version."""

    unread: ClassVar[Mapping[str, type]] = {
        "autoDeleteSetting": dict,
        "intellectualProperty": dict,
        "referencedUris": list,
        "stage": str,
    }

    data_type: DataType
    data_uri: RequiredText


class Route(Published):
    """Where a container answers."""

    path: RequiredText
    port: int


class InferenceConfig(Published):
    """The routes of an inference container."""

    unread: ClassVar[Mapping[str, type]] = {"startupRoute": dict}

    liveness_route: Route | None = None
    readiness_route: Route | None = None
    scoring_route: Route | None = None


class BuildContext(Published):
    """What an image would be built of: kept, and not built."""

    context_uri: RequiredText
    dockerfile_path: str | None = None


class EnvironmentProperties(AssetProperties):
    """`properties` of an environment version."""

    answered = frozenset({"provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {
        "autoDeleteSetting": dict,
        "autoRebuild": str,
        "environmentType": str,
        "intellectualProperty": dict,
        "stage": str,
    }

    # By tag or by digest: that the service takes a digest too is inferred [inf].
    image: str | None = None
    conda_file: str | None = None
    build: BuildContext | None = None
    inference_config: InferenceConfig | None = None
    os_type: str | None = None


class ModelProperties(AssetProperties):
    """`properties` of a model version."""

    answered = frozenset({"provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {"autoDeleteSetting": dict, "datasets": dict, "intellectualProperty": dict}

    model_uri: RequiredText
    model_type: str | None = None
    job_name: str | None = None
    flavors: dict[str, Any] | None = None
    stage: str | None = None


class CodeBody(PublishedResource):
    """PUT of a code version."""

    properties: CodeProperties


class DataBody(PublishedResource):
    """PUT of a data version."""

    properties: DataProperties


class EnvironmentBody(PublishedResource):
    """PUT of an environment version."""

    properties: EnvironmentProperties


class ModelBody(PublishedResource):
    """PUT of a model version."""

    properties: ModelProperties


class ContainerBody(PublishedResource):
    """PUT of an asset's container: what all its versions share."""

    properties: AssetProperties


class DataContainerProperties(AssetProperties):
    """`properties` of a data asset's container."""

    data_type: DataType


class DataContainerBody(PublishedResource):
    """PUT of a data asset's container."""

    properties: DataContainerProperties


class PendingUploadBody(Published):
    """POST startPendingUpload."""

    pending_upload_id: str | None = None
    pending_upload_type: Literal["None", "TemporaryBlobReference"] | None = None
