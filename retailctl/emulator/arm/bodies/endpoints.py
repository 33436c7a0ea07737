"""Bodies of the online endpoint operations."""

from __future__ import annotations

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, TextMap
from retailctl.emulator.arm.bodies.tracked import Identity, Sku


class EndpointKeys(Published):
    """Keys that an endpoint may be created with."""

    primary_key: str | None = None
    secondary_key: str | None = None


class EndpointProperties(Published):
    """`properties` of an endpoint."""

    answered = frozenset({"provisioningState", "scoringUri", "swaggerUri"})

    auth_mode: RequiredText
    description: str | None = None
    compute: str | None = None
    keys: EndpointKeys | None = None
    properties: TextMap | None = None
    public_network_access: str | None = None
    traffic: dict[str, int] | None = None
    mirror_traffic: dict[str, int] | None = None


class EndpointBody(PublishedResource):
    """PUT of an endpoint: the whole of it."""

    location: RequiredText
    tags: TextMap | None = None
    kind: str | None = None
    identity: Identity | None = None
    sku: Sku | None = None
    properties: EndpointProperties


class EndpointPatch(Published):
    """PATCH of an endpoint: tags and identity, nothing else."""

    tags: TextMap | None = None
    identity: Identity | None = None


class RegenerateKeysBody(Published):
    """POST regenerateKeys."""

    key_type: RequiredText
    key_value: str | None = None
