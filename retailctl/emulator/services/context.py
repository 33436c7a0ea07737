"""What every service works with: where the workspace is, what is stored, at which pace it moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from retailctl.emulator.arm.ids import Scope
from retailctl.emulator.services.faults import Faults
from retailctl.emulator.services.pace import Pace
from retailctl.emulator.services.programs import Programs
from retailctl.emulator.services.tracking.tracking import Tracking
from retailctl.emulator.store.blobs import BlobStore
from retailctl.emulator.store.blocks import BlockStore
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.folder import StateFolder
from retailctl.emulator.store.operations import OperationStore
from retailctl.emulator.store.resources import ResourceStore
from retailctl.emulator.store.settings import SettingStore
from retailctl.emulator.store.tokens import TokenStore

LOCAL_SCOPE = Scope(
    subscription_id="00000000-0000-0000-0000-000000000000",
    resource_group="local",
    workspace="local",
    location="local",
)


@dataclass
class Context:
    """One workspace's stores and settings. `url` is where the server answers, without a slash at the end.

    `loose`: api-versions that are not known here are answered all the same.
    """

    scope: Scope
    folder: StateFolder
    database: Database
    programs: Programs
    pace: Pace
    url: str
    loose: bool = False
    faults: Faults = field(default_factory=Faults)
    resources: ResourceStore = field(init=False)
    operations: OperationStore = field(init=False)
    settings: SettingStore = field(init=False)
    tokens: TokenStore = field(init=False)
    blobs: BlobStore = field(init=False)
    blocks: BlockStore = field(init=False)
    tracking: Tracking = field(init=False)

    def __post_init__(self) -> None:
        self.resources = ResourceStore(self.database)
        self.operations = OperationStore(self.database)
        self.settings = SettingStore(self.database)
        self.tokens = TokenStore(self.database)
        self.blobs = BlobStore(self.folder.blobs, self.database)
        self.blocks = BlockStore(self.blobs)
        self.tracking = Tracking(self.folder, self.url)

    async def transition(self, name: str, resource: str) -> None:
        """Spend what a transition of a resource takes. Raises ArmError where it was asked to fail."""
        await self.pace.pause(name, resource)
        await self.faults.meet(name, resource)
