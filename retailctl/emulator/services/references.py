"""Labels in bodies, replaced by the versions that they mean when the body arrives.

A job or a deployment keeps what it was made with: `azureml:retail@latest` in it would mean another model tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.services.asset_kinds import DATA, ENVIRONMENTS, MODELS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.content import Content


class References:
    """Pins references to assets."""

    def __init__(self, assets: Mapping[str, Assets], content: Content) -> None:
        self._assets = assets
        self._content = content

    def pinned(self, collection: str, text: str) -> str:
        """The reference with a version instead of a label; anything else as it is. Raises ArmError (400, 404)."""
        reference = None if self._content.stored(text) else parse_asset(text)
        if reference is None or not reference.is_label:
            return text
        return self._assets[collection].pinned(reference)

    def deployment(self, properties: dict[str, Any]) -> dict[str, Any]:
        """A deployment's properties, pinned. Raises ArmError (404)."""
        wanted = {"environmentId": ENVIRONMENTS, "model": MODELS}
        found = {name: kind for name, kind in wanted.items() if properties.get(name)}
        return properties | {name: self.pinned(kind.collection, properties[name]) for name, kind in found.items()}

    def job(self, properties: dict[str, Any]) -> dict[str, Any]:
        """A job's properties, pinned. Raises ArmError (404)."""
        inputs = {name: self._input(given) for name, given in (properties.get("inputs") or {}).items()}
        environment = self.pinned(ENVIRONMENTS.collection, properties["environmentId"])
        return properties | {"environmentId": environment, "inputs": inputs}

    def _input(self, given: dict[str, Any] | None) -> dict[str, Any] | None:
        if not given or not given.get("uri"):
            return given
        return {**given, "uri": self.pinned(input_kind(given["jobInputType"]), given["uri"])}


def input_kind(job_input_type: str) -> str:
    """Collection of the assets that an input of this type may name."""
    return (MODELS if job_input_type.endswith("_model") else DATA).collection
