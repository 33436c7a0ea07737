"""Bodies of the job operations. Command jobs alone: another type is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, Shape, TextMap


class JobInput(Published):
    """One input: a literal's `value`, or an asset's `uri` with its delivery `mode`."""

    unread: ClassVar[Mapping[str, type]] = {"pathOnCompute": str}

    job_input_type: RequiredText
    description: str | None = None
    value: str | None = None
    uri: str | None = None
    mode: str | None = None


class JobOutput(Published):
    """One output: where it goes (`uri`, or a place of the job's own) and how."""

    unread: ClassVar[Mapping[str, type]] = {"autoDeleteSetting": dict, "pathOnCompute": str}

    job_output_type: RequiredText
    description: str | None = None
    uri: str | None = None
    mode: str | None = None
    asset_name: str | None = None
    asset_version: str | None = None


class JobResources(Published):
    """How many nodes of which size."""

    unread: ClassVar[Mapping[str, type]] = {
        "dockerArgs": str,
        "dockerArgsList": list,
        "locations": list,
        "maxInstanceCount": int,
        "properties": dict,
        "shmSize": str,
    }

    instance_count: int | None = None
    instance_type: str | None = None


class JobLimits(Published):
    """`timeout`: ISO 8601, the longest that a job may run."""

    job_limits_type: str | None = None
    timeout: str | None = None


class JobIdentity(Published):
    """As whom a job runs: accepted, and without a meaning here."""

    unread: ClassVar[Mapping[str, type]] = {"clientId": str, "objectId": str, "resourceId": str}

    identity_type: Literal["AMLToken", "Managed", "UserIdentity"]


class CommandJobProperties(Published):
    """`properties` of a command job."""

    answered = frozenset({"status"})
    unread: ClassVar[Mapping[str, type]] = {
        "autologgerSettings": dict,
        "componentId": str,
        "notificationSetting": dict,
        "parameters": dict,
        "queueSettings": dict,
        "schedule": dict,
        "secretsConfiguration": dict,
        "services": dict,
    }

    job_type: RequiredText
    command: RequiredText
    environment_id: RequiredText
    code_id: str | None = None
    compute_id: str | None = None
    description: str | None = None
    display_name: str | None = None
    experiment_name: str | None = None
    identity: JobIdentity | None = None
    environment_variables: TextMap | None = None
    inputs: dict[str, JobInput | None] | None = None
    outputs: dict[str, JobOutput | None] | None = None
    distribution: dict[str, Any] | None = None
    resources: JobResources | None = None
    limits: JobLimits | None = None
    tags: TextMap | None = None
    properties: TextMap | None = None
    is_archived: bool | None = None


class JobTypeProperties(Shape):
    """The field that says which type of job a body is."""

    job_type: RequiredText


class JobTypeBody(Shape):
    """Just enough of a job to know its type."""

    properties: JobTypeProperties


class CommandJobBody(PublishedResource):
    """PUT of a command job."""

    properties: CommandJobProperties


class RunPatch(Shape):
    """PATCH of a run in run history: what is not given stays."""

    display_name: str | None = None
    description: str | None = None
    tags: TextMap | None = None
    properties: TextMap | None = None
    hidden: bool | None = None
