"""From a deployment's document to the slot that is to run: its image's runner, its model's files, its probes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from retailctl.emulator.arm.durations import seconds
from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.arm.ids import AssetReference, parse_asset
from retailctl.emulator.runners.program import Program
from retailctl.emulator.runners.slots import ProbeTiming, SlotSpec
from retailctl.emulator.runners.spec import Route
from retailctl.emulator.services.asset_kinds import ENVIRONMENTS, MODELS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.catalogue import machine_size
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.store.resources import Record

MODEL_MOUNT = "/var/azureml-app/azureml-models"


class SlotSpecs:
    """Works out slots."""

    def __init__(self, context: Context, assets: Mapping[str, Assets], content: Content) -> None:
        self._context = context
        self._environments = assets[ENVIRONMENTS.collection]
        self._models = assets[MODELS.collection]
        self._content = content

    def folder(self, endpoint: str, deployment: str) -> Path:
        """Everything that belongs to a deployment on this machine."""
        return self._context.folder.slots / endpoint / deployment

    def clear_away(self, deployments: Iterable[Record]) -> None:
        """Remove the folders of deployments and of attempts that are no more: a kill may have left them."""
        root = self._context.folder.slots
        kept = {self.folder(each.parent, each.name) / attempt for each in deployments for attempt in _attempts(each)}
        for folder in root.glob("*/*/*/"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        for folder in (*root.glob("*/*/"), *root.glob("*/")):
            with suppress(OSError):  # it holds something
                folder.rmdir()

    def environment(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties of the environment that a deployment names. Raises ArmError (400, 404)."""
        reference = parse_asset(properties.get("environmentId") or "")
        if reference is None:
            raise bad_request("A deployment needs an environment; MLflow's no-code deployment is not supported here.")
        found = self._environments.referred(reference).body["properties"]
        if not found.get("image"):
            raise bad_request(
                f"The environment '{reference.name}:{reference.version}' has no image; none is built here."
            )
        routes: dict[str, Any] = found.get("inferenceConfig") or {}
        missing = [name for name in ("livenessRoute", "readinessRoute", "scoringRoute") if not routes.get(name)]
        if missing:
            raise bad_request(f"The environment's inferenceConfig lacks {', '.join(missing)}.", target="environmentId")
        environment: dict[str, Any] = found
        return environment

    def model(self, properties: Mapping[str, Any]) -> AssetReference | None:
        """The model that a deployment names, if it names one. Raises ArmError (400, 404)."""
        text = properties.get("model")
        if not text:
            return None
        reference = parse_asset(text)
        if reference is None:
            raise bad_request(f"'{text}' is no registered model version.", target="model")
        self._models.referred(reference)
        return reference

    async def program(self, properties: Mapping[str, Any]) -> Program:
        """What the deployment's image runs as. Raises ArmError (400, 404)."""
        return await self._context.programs.for_slot(self.environment(properties)["image"])

    def make(
        self, endpoint: str, deployment: str, attempt: str, document: Mapping[str, Any], program: Program
    ) -> SlotSpec:
        """The slot of one attempt at a deployment, its model's files put in place. Raises ArmError."""
        properties = document["properties"]
        environment = self.environment(properties)
        model = self.model(properties)
        folder = self.folder(endpoint, deployment) / attempt
        mount = f"{properties.get('modelMountPath') or MODEL_MOUNT}/{model.name}/{model.version}" if model else None
        routes = environment["inferenceConfig"]
        return SlotSpec(
            endpoint=endpoint,
            deployment=deployment,
            program=program,
            log_folder=folder / "logs",
            model_dir=self._place_model(folder / "model", model) if model else None,
            model_mount=mount,
            environment={name: value or "" for name, value in properties["environmentVariables"].items()},
            instance_count=document["sku"]["capacity"],
            liveness=_route(routes["livenessRoute"]),
            readiness=_route(routes["readinessRoute"]),
            scoring=_route(routes["scoringRoute"]),
            limits=machine_size(properties["instanceType"]).limits,
            liveness_probe=_timing(properties["livenessProbe"]),
            readiness_probe=_timing(properties["readinessProbe"]),
            pace=self._context.pace.timing,
        )

    def _place_model(self, folder: Path, model: AssetReference) -> Path:
        """Folder that a container would see as AZUREML_MODEL_DIR: it holds the root of the model's artifacts."""
        target = folder / model.name / model.version
        record = self._models.get_version(model.name, model.version)
        source = self._content.existing(record.body["properties"]["modelUri"])
        if not target.exists():
            partial = folder / ".partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            link_tree(source, partial / source.name)
            target.parent.mkdir(parents=True)
            partial.rename(target)  # a server that was killed half-way leaves no half a model
        return target


def _attempts(deployment: Record) -> set[str]:
    private = deployment.body["private"]
    serving = private["serving"] or {}
    return {private["attempt"], serving.get("attempt", "")}


def link_tree(source: Path, target: Path) -> None:
    """A second name for each file: at once, and the file stays when the first name goes. Links are not followed."""
    if source.is_file():
        _link(str(source), str(target))
        return
    shutil.copytree(source, target, copy_function=_link, symlinks=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)


def _route(route: Mapping[str, Any]) -> Route:
    return Route(route["path"], route["port"])


def _timing(probe: Mapping[str, Any]) -> ProbeTiming:
    return ProbeTiming(
        initial_delay_s=seconds(probe["initialDelay"]),
        period_s=seconds(probe["period"]),
        timeout_s=seconds(probe["timeout"]),
        success_threshold=probe["successThreshold"],
        failure_threshold=probe["failureThreshold"],
    )
