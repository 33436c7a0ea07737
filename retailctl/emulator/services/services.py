"""Every service of one workspace, made together, started and stopped together."""

from __future__ import annotations

from collections.abc import Mapping

from retailctl.emulator.services.asset_kinds import CODES, DATA, ENVIRONMENTS, MODELS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.background import Background, Unfinished
from retailctl.emulator.services.codes import Codes
from retailctl.emulator.services.computes import Computes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.datastores import Datastores, make_containers
from retailctl.emulator.services.deployments import Deployments
from retailctl.emulator.services.endpoint_keys import EndpointSecrets
from retailctl.emulator.services.endpoints import Endpoints
from retailctl.emulator.services.housekeeping import Housekeeping
from retailctl.emulator.services.identity import Identity
from retailctl.emulator.services.jobs.bindings import Binder
from retailctl.emulator.services.jobs.history import RunHistory
from retailctl.emulator.services.jobs.jobs import Jobs
from retailctl.emulator.services.jobs.journal import JobJournal
from retailctl.emulator.services.jobs.output_assets import OutputAssets
from retailctl.emulator.services.jobs.runner import JobRunner
from retailctl.emulator.services.jobs.workdir import WorkFolders
from retailctl.emulator.services.metrics.monitor import Monitor
from retailctl.emulator.services.provisioning import Provisioner
from retailctl.emulator.services.references import References
from retailctl.emulator.services.slot_specs import SlotSpecs
from retailctl.emulator.services.storage import StorageAccount
from retailctl.emulator.services.workspace import Workspace


def _assets(context: Context, content: Content) -> Mapping[str, Assets]:
    found = (
        Assets(context, CODES),
        Assets(context, DATA, content.resolve_data),
        Assets(context, ENVIRONMENTS),
        Assets(context, MODELS, content.resolve_model),
    )
    return {assets.kind.collection: assets for assets in found}


class Services:
    """What the routes call."""

    def __init__(self, context: Context) -> None:
        make_containers(context.blobs)
        self.context = context
        self.identity = Identity(context.settings, context.tokens)
        self.workspace = Workspace(context, self.identity)
        self.storage = StorageAccount(context)
        self.datastores = Datastores(context, self.storage)
        self.content = Content(context, self.datastores)
        self.assets = _assets(context, self.content)
        self.codes = Codes(context, self.storage, self.assets[CODES.collection])
        self._housekeeping = Housekeeping(context)
        self.background = Background(context.operations, context.database)
        self.computes = Computes(context, self.background)
        journal = JobJournal(context.resources)
        folders = WorkFolders(context, self.codes, self.content, Binder(self.assets, self.content))
        runner = JobRunner(context, journal, folders, self.content, OutputAssets(self.assets), self.computes)
        self.jobs = Jobs(context, self.background, journal, runner, self.assets, self.content, self.computes)
        self.history = RunHistory(context, journal, self.storage, self.content)
        self.data_plane = DataPlane(context, self.identity)
        self.endpoints = Endpoints(context, self.background, self.data_plane)
        self.endpoint_secrets = EndpointSecrets(context, self.endpoints, self.data_plane)
        self.monitor = Monitor(context, self.data_plane)
        specs = SlotSpecs(context, self.assets, self.content)
        provisioner = Provisioner(context, self.data_plane, self.endpoints, specs)
        self.deployments = Deployments(
            context, self.background, self.endpoints, specs, provisioner, References(self.assets, self.content)
        )

    def start(self) -> None:
        """Clear away and take up what a stopped server left. Call it inside the event loop."""
        self.context.blobs.clear_uploads()
        self._housekeeping.start()
        unfinished = Unfinished(self.context.operations.unfinished())
        self.jobs.recover(unfinished)
        self.endpoints.recover(unfinished)
        self.deployments.recover(unfinished)
        self.background.end(unfinished.rest())
        if self.endpoints.list():
            self.background.run(self.data_plane.refresh())

    async def come_back(self, timeout_s: float) -> None:
        """Wait, but no longer than ``timeout_s``, until what a stopped server left serves again."""
        await self.deployments.come_back(timeout_s)

    async def stop(self) -> None:
        """Stop all work and every process; what is unfinished is taken up at the next start."""
        await self._housekeeping.stop()
        await self.background.stop()
        self.jobs.clear_away()
        await self.data_plane.stop()
        await self.context.tracking.stop()
        await self.context.programs.close()
