"""Outputs that a job registers as assets when it completes, because they were given a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.bodies.assets import DataBody, ModelBody
from retailctl.emulator.arm.bodies.shape import parse
from retailctl.emulator.arm.ids import AssetReference
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.references import input_kind


class OutputAssets:
    """Registers the named outputs of jobs."""

    def __init__(self, assets: Mapping[str, Assets]) -> None:
        self._assets = assets

    def register(self, job: str, outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, AssetReference]:
        """Register a completed job's outputs; the assets by output. Raises ArmError (400, 409).

        That a version which exists with other content fails the job, rather than being left alone, is inferred [inf].
        """
        return {name: self._one(job, name, output) for name, output in outputs.items() if output.get("assetName")}

    def _one(self, job: str, name: str, output: Mapping[str, Any]) -> AssetReference:
        asset, kind = output["assetName"], output["jobOutputType"]
        assets = self._assets[input_kind(kind)]
        version = output.get("assetVersion") or assets.next_version(asset)
        address = f"azureml://jobs/{job}/outputs/{name}"
        shared = {"description": output.get("description")}
        if kind.endswith("_model"):
            model = {**shared, "modelUri": address, "modelType": kind}
            assets.put_version(asset, version, parse(ModelBody, {"properties": model}).properties)
        else:
            data = {**shared, "dataUri": address, "dataType": kind}
            assets.put_version(asset, version, parse(DataBody, {"properties": data}).properties)
        return AssetReference(asset, version)
