"""What bodies of endpoints and deployments share: their identity and their SKU."""

from __future__ import annotations

from typing import Any, Literal

from retailctl.emulator.arm.bodies.shape import Published, RequiredText


class Identity(Published):
    """A managed identity: accepted, and without a meaning here."""

    answered = frozenset({"principalId", "tenantId"})

    type: Literal["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"]
    user_assigned_identities: dict[str, dict[str, Any] | None] | None = None


class PartialSku(Published):
    """`capacity` is the number of instances."""

    name: str | None = None
    capacity: int | None = None
    family: str | None = None
    size: str | None = None
    tier: Literal["Free", "Basic", "Standard", "Premium"] | None = None


class Sku(PartialSku):
    """A SKU in a whole body."""

    name: RequiredText
