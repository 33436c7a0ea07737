"""ARM ids of one workspace, and the other ways in which bodies refer to its assets.

An asset is written as an ARM id (`/subscriptions/.../models/retail/versions/7`), as `azureml:NAME:VERSION`, as
`azureml:/subscriptions/...`, or as `azureml://.../models/retail/versions/7`; with a label instead of a version as
`azureml:NAME@latest` or `.../labels/latest`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

PROVIDER = "Microsoft.MachineLearningServices"
_ASSET_ID = re.compile(
    r"/(?P<kind>[a-z]+)/(?P<name>[^/]+)/(?P<by>versions|labels)/(?P<version>[^/]+)/?$", re.IGNORECASE
)
_COMPUTE_ID = re.compile(r"/computes/(?P<name>[^/]+)/?$", re.IGNORECASE)
_SHORT = re.compile(r"^azureml:(?P<name>[^:/@]+)(?P<by>[:@])(?P<version>[^:/]+)$")
_BY_LABEL = frozenset({"@", "labels"})


@dataclass(frozen=True)
class Scope:
    """Where the workspace lives: the ids that every path begins with, put together once."""

    subscription_id: str
    resource_group: str
    workspace: str
    location: str

    @cached_property
    def group_id(self) -> str:
        """ARM id of the resource group."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"

    @cached_property
    def workspace_id(self) -> str:
        """ARM id of the workspace."""
        return f"{self.group_id}/providers/{PROVIDER}/workspaces/{self.workspace}"

    def resource_id(self, *segments: str) -> str:
        """ARM id below the workspace: `resource_id("models", "retail", "versions", "7")`."""
        return "/".join((self.workspace_id, *segments))

    @staticmethod
    def resource_type(*segments: str) -> str:
        """ARM type of such an id: every other segment."""
        return "/".join((PROVIDER, "workspaces", *segments[::2]))


@dataclass(frozen=True, slots=True)
class AssetReference:
    """Name and version of an asset; `version` is a label such as `latest` where `is_label`."""

    name: str
    version: str
    is_label: bool = False


def parse_asset(reference: str) -> AssetReference | None:
    """The asset that a body's reference means, or None when it is no asset reference."""
    match = _SHORT.match(reference) or _ASSET_ID.search(reference)
    if match is None:
        return None
    return AssetReference(match["name"], match["version"], match["by"].lower() in _BY_LABEL)


def parse_compute(reference: str) -> str:
    """Name of a compute given by ARM id or by name."""
    match = _COMPUTE_ID.search(reference)
    return match["name"] if match else reference.removeprefix("azureml:")
