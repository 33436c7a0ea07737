"""Bodies of the compute operations. Clusters alone: another type is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, Shape, TextMap
from retailctl.emulator.arm.bodies.tracked import Identity, Sku


class ComputeScaleSettings(Published):
    """How many nodes a cluster may have, and after how long an idle one goes."""

    max_node_count: int = Field(ge=1, le=1000)
    min_node_count: int | None = Field(default=None, ge=0)
    node_idle_time_before_scale_down: str | None = None


class Administrator(Published):
    """An account on the nodes: accepted, and neither made nor kept."""

    admin_user_name: RequiredText
    admin_user_ssh_public_key: str | None = None
    admin_user_password: str | None = None


class Referred(Published):
    """A resource by its id."""

    id: RequiredText


class ClusterSettings(Published):
    """`properties.properties` of a cluster."""

    answered = frozenset(
        {
            "allocationState",
            "allocationStateTransitionTime",
            "currentNodeCount",
            "errors",
            "nodeStateCounts",
            "targetNodeCount",
        }
    )
    unread: ClassVar[Mapping[str, type]] = {"enableNodePublicIp": bool, "isolatedNetwork": bool, "propertyBag": dict}

    vm_size: RequiredText
    vm_priority: Literal["Dedicated", "LowPriority"] | None = None
    os_type: Literal["Linux", "Windows"] | None = None
    remote_login_port_public_access: Literal["Enabled", "Disabled", "NotSpecified"] | None = None
    scale_settings: ComputeScaleSettings | None = None
    subnet: Referred | None = None
    user_account_credentials: Administrator | None = None
    virtual_machine_image: Referred | None = None


class ClusterProperties(Published):
    """`properties` of a cluster."""

    answered = frozenset({"createdOn", "isAttachedCompute", "modifiedOn", "provisioningErrors", "provisioningState"})
    unread: ClassVar[Mapping[str, type]] = {"computeLocation": str, "disableLocalAuth": bool, "resourceId": str}

    compute_type: RequiredText
    description: str | None = None
    properties: ClusterSettings


class ClusterBody(PublishedResource):
    """PUT of a cluster."""

    unread: ClassVar[Mapping[str, type]] = {"location": str}

    identity: Identity | None = None
    sku: Sku | None = None
    tags: TextMap | None = None
    properties: ClusterProperties


class _ScaleUpdate(Published):
    scale_settings: ComputeScaleSettings | None = None


class _ClusterUpdate(Published):
    properties: _ScaleUpdate | None = None


class ClusterPatch(Published):
    """PATCH of a cluster: its scale, nothing else."""

    properties: _ClusterUpdate | None = None

    @property
    def scale(self) -> ComputeScaleSettings | None:
        """The scale that is asked for."""
        inner = self.properties and self.properties.properties
        return inner.scale_settings if inner else None


class _ComputeTypeProperties(Shape):
    compute_type: RequiredText


class ComputeTypeBody(Shape):
    """As much of a body as says which type of compute it is."""

    properties: _ComputeTypeProperties
