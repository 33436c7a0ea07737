"""Bodies of the datastore operations. Blob datastores alone: another type is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from retailctl.emulator.arm.bodies.shape import Published, PublishedResource, RequiredText, Shape, TextMap


class DatastoreSecrets(Published):
    """What opens the account: its `key`, or a signature."""

    secrets_type: Literal["AccountKey", "Sas"]
    key: str | None = None
    sas_token: str | None = None


class DatastoreCredentials(Published):
    """How the account is opened; `None` is the caller's own login."""

    credentials_type: Literal["AccountKey", "Sas", "None"]
    secrets: DatastoreSecrets | None = None


class BlobDatastoreProperties(Published):
    """`properties` of a Blob datastore."""

    answered = frozenset({"isDefault"})
    unread: ClassVar[Mapping[str, type]] = {
        "endpoint": str,
        "intellectualProperty": dict,
        "protocol": str,
        "resourceGroup": str,
        "serviceDataAccessAuthIdentity": str,
        "subscriptionId": str,
    }

    datastore_type: RequiredText
    account_name: RequiredText
    container_name: RequiredText
    credentials: DatastoreCredentials
    description: str | None = None
    tags: TextMap | None = None
    properties: TextMap | None = None


class BlobDatastoreBody(PublishedResource):
    """PUT of a datastore."""

    properties: BlobDatastoreProperties


class _DatastoreTypeProperties(Shape):
    datastore_type: RequiredText


class DatastoreTypeBody(Shape):
    """As much of a body as says which type of datastore it is."""

    properties: _DatastoreTypeProperties
