"""A workspace in memory, with the methods and value types of :class:`retailctl.azureml.Workspace`.

It keeps the service's rules (a split sums to 0 or 100, a slot with traffic cannot be deleted, ...), so that a workflow
that breaks one fails here as it would there. ``test_fakes.py`` holds its signatures to the real classes'.

    shop = Shop(tmp_path)                       # settings, project, clock, workspace, and a list of the events told
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    shift(shop.tools, ShiftRequest(...))
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from retailctl.azureml.transport import Json
from retailctl.azureml.workspace import Workspace
from retailctl.config.connection import Connection
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.domain.resources import Compute, Identity, SlotMetrics, Usage, VmSize
from retailctl.errors import Unreachable
from retailctl.images.engine import Engine
from retailctl.workflows.events import Event
from retailctl.workflows.toolbox import Toolbox
from tests.unit.workflows.fake_assets import FakeData, FakeEnvironments, FakeJobs, FakeModels
from tests.unit.workflows.fake_client import Client, absent
from tests.unit.workflows.fake_serving import FakeDeployments, FakeEndpoints, FakeScoring
from tests.unit.workflows.world import World

CONNECTION = Connection("00000000-0000-0000-0000-000000000000", "retail-rg", "retail-ws", location="westeurope")


class FakeComputes(Client):
    def list(self) -> builtins.list[Compute]:
        self.world.called("computes.list")
        return [self.world.computes[name] for name in sorted(self.world.computes)]

    def get(self, name: str) -> Compute:
        self.world.called("computes.get")
        if name not in self.world.computes:
            raise absent("compute", name)
        return self.world.computes[name]


class FakeMetrics(Client):
    def slot_metrics(self, endpoint: str, slot: str, since: datetime, until: datetime) -> SlotMetrics:
        return self.by_slot(endpoint, [slot], since, until)[slot]

    def by_slot(self, endpoint: str, slots: Sequence[str], since: datetime, until: datetime) -> dict[str, SlotMetrics]:
        self.world.called("metrics.by_slot")
        return {slot: self.world.metrics.get(slot, SlotMetrics(slot, 0, 0, 0, None, None, None)) for slot in slots}


class FakeRoles(Client):
    def registry_id(self, name: str) -> str | None:
        self.world.called("roles.registry_id")
        return self.world.registries.get(name)

    def can_pull(self, registry_id: str, principal_id: str) -> bool:
        return (registry_id, principal_id) in self.world.pullers


class FakeWorkspace:
    """Stands for :class:`Workspace`; everything it knows is in ``world``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.connection = CONNECTION
        self.location = str(world.description["location"])
        self.endpoints = FakeEndpoints(world)
        self.deployments = FakeDeployments(world)
        self.jobs = FakeJobs(world)
        self.models = FakeModels(world)
        self.environments = FakeEnvironments(world)
        self.computes = FakeComputes(world)
        self.data = FakeData(world)
        self.metrics = FakeMetrics(world)
        self.roles = FakeRoles(world)

    def describe(self) -> Json:
        self.world.called("workspace.describe")
        return self.world.description

    def usages(self) -> list[Usage]:
        self.world.called("workspace.usages")
        return self.world.usages

    def vm_sizes(self) -> list[VmSize]:
        self.world.called("workspace.vm_sizes")
        return self.world.vm_sizes

    def identity(self) -> Identity:
        self.world.called("workspace.identity")
        return self.world.identity

    def server_time(self) -> datetime | None:
        self.world.called("workspace.server_time")
        return self.world.clock.now() + self.world.clock_skew

    def studio_url(self, path: str = "") -> str:
        return f"https://ml.azure.com/{path}"

    def scoring(self, endpoint: str) -> FakeScoring:
        return FakeScoring(self.world, endpoint)

    def close(self) -> None:
        self.world.called("workspace.close")


class Shop:
    """Everything a workflow test sets up: ``tools`` for the workflow, ``world`` to arrange, ``events`` to look at."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.world = World()
        self.events: list[Event] = []
        self.workspace = FakeWorkspace(self.world)
        self.tools = Toolbox(
            settings=replace(Settings(), **settings),
            project=Project(folder, None, folder / ".retailctl"),
            open_workspace=lambda: cast(Workspace, self.workspace),
            clock=self.world.clock,
            tell=self.events.append,
            open_engine=_no_engine,
        )


def _no_engine() -> Engine:
    """What a machine without Docker says."""
    raise Unreachable("no Docker engine answers", hint="start Docker")
