"""The kinds of versioned assets, and what sets each apart: its names, its body, and what may not change in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retailctl.emulator.arm.bodies.assets import (
    CodeBody,
    ContainerBody,
    DataBody,
    DataContainerBody,
    EnvironmentBody,
    ModelBody,
)
from retailctl.emulator.arm.errors import ArmError, conflict


def path_changed() -> ArmError:
    """The service's refusal to let an asset point elsewhere; azure-ai-ml knows it by this text."""
    return ArmError(400, "UserError", "Asset paths cannot be updated.")


AnyContainerBody = ContainerBody | DataContainerBody
AnyBody = type[CodeBody] | type[DataBody] | type[EnvironmentBody] | type[ModelBody]


@dataclass(frozen=True, slots=True)
class AssetKind:
    """One kind. `collection` is its segment in ids.

    `fixed` are the properties that a version keeps for ever, `shared` those that its container has as well.
    """

    collection: str
    label: str
    body: AnyBody
    fixed: tuple[str, ...]
    integer_versions: bool = False
    shared: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    container_body: type[AnyContainerBody] = ContainerBody

    @property
    def container_kind(self) -> str:
        """Under which kind the store keeps containers."""
        return self.collection

    @property
    def version_kind(self) -> str:
        """Under which kind the store keeps versions."""
        return f"{self.collection}/versions"

    def check_unchanged(self, name: str, version: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Raise ArmError (400, 409) when a property that is fixed would change."""
        for field_name in self.fixed:
            if old.get(field_name) != new.get(field_name):
                if field_name.endswith("Uri"):
                    raise path_changed()
                raise conflict(f"{self.label.capitalize()} '{name}:{version}' exists with another {field_name}.")


_PROVISIONED = {"provisioningState": "Succeeded"}
CODES = AssetKind("codes", "code", CodeBody, ("codeUri",), defaults=_PROVISIONED)
DATA = AssetKind(
    "data", "data asset", DataBody, ("dataType", "dataUri"), shared=("dataType",), container_body=DataContainerBody
)
ENVIRONMENTS = AssetKind(
    "environments",
    "environment",
    EnvironmentBody,
    ("image", "condaFile", "build", "inferenceConfig"),
    defaults={"environmentType": "UserCreated", "autoRebuild": "Disabled", "osType": "Linux", **_PROVISIONED},
)
MODELS = AssetKind(
    "models",
    "model",
    ModelBody,
    ("modelUri",),
    integer_versions=True,
    defaults={"modelType": "custom_model", "flavors": {}, **_PROVISIONED},
)
