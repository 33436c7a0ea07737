"""Bodies of the online endpoint operations."""

from __future__ import annotations

from typing import Any

from retailctl.emulator.arm.bodies.shape import RequiredText, Shape, TextMap


class EndpointKeys(Shape):
    """Keys that an endpoint may be created with."""

    primary_key: str | None = None
    secondary_key: str | None = None


class EndpointProperties(Shape):
    """`properties` of an endpoint."""

    auth_mode: RequiredText
    description: str | None = None
    compute: str | None = None
    keys: EndpointKeys | None = None
    properties: TextMap | None = None
    public_network_access: str | None = None
    traffic: dict[str, int] | None = None
    mirror_traffic: dict[str, int] | None = None


class EndpointBody(Shape):
    """PUT of an endpoint: the whole of it."""

    location: RequiredText
    tags: TextMap | None = None
    kind: str | None = None
    identity: dict[str, Any] | None = None
    sku: dict[str, Any] | None = None
    properties: EndpointProperties


class EndpointPatch(Shape):
    """PATCH of an endpoint: tags and identity, nothing else."""

    tags: TextMap | None = None
    identity: dict[str, Any] | None = None


class RegenerateKeysBody(Shape):
    """POST regenerateKeys."""

    key_type: RequiredText
    key_value: str | None = None
