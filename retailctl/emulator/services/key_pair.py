"""The two keys of an endpoint, as its document keeps them: the first ones, and new ones on the way to their place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.bodies.endpoints import EndpointKeys

NEXT_KEYS = "nextKeys"
"""Where `private` has the keys that an operation under way puts in place; callers still use the old ones."""
_KEY_BYTES = 24


def new_key() -> str:
    """A random key."""
    return secrets.token_hex(_KEY_BYTES)


def first_keys(given: EndpointKeys | None) -> dict[str, str]:
    """Keys of a new endpoint: those that its body gives, or random ones."""
    return {
        "primaryKey": (given and given.primary_key) or new_key(),
        "secondaryKey": (given and given.secondary_key) or new_key(),
    }


def renewed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint's document with the next keys in place."""
    private = document["private"]
    return without_next({**document, "private": {**private, "keys": private[NEXT_KEYS]}})


def without_next(document: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint's document with the keys that it has now, and no others on the way."""
    private = {name: value for name, value in document["private"].items() if name != NEXT_KEYS}
    return {**document, "private": private}
