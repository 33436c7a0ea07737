"""Everything a clean-up has to know before it may take anything away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from retailctl.domain import history, tags
from retailctl.domain.history import Split
from retailctl.domain.resources import Deployment, Endpoint, EnvironmentVersion, Job, ModelVersion
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput
from retailctl.images.context import IMAGES
from retailctl.images.registry import RegistryImage, repository_of
from retailctl.workflows.images import image_users
from retailctl.workflows.in_use import every_slot
from retailctl.workflows.split import slots_of
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.versions import versions_of_model

RECENT_JOBS = 200
"""Jobs looked at for environments in use; one that has not ended is among the newest."""


@dataclass(frozen=True)
class Inventory:
    """The endpoint with its slots, every slot of the workspace, and the versions that retailctl made."""

    endpoint: str
    present: Split
    previous: Split
    record_unreadable: bool
    every_slot: tuple[Deployment, ...]
    models: tuple[ModelVersion, ...]
    environments: tuple[EnvironmentVersion, ...]
    running: tuple[Job, ...]
    images: tuple[RegistryImage, ...] = ()
    """Those of the project's repositories in the registry, the newest of each first; none where nobody asked."""
    image_users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digest -> what refers to it."""

    @property
    def slots(self) -> tuple[Deployment, ...]:
        """The slots of the endpoint itself."""
        return tuple(slot for slot in self.every_slot if slot.endpoint == self.endpoint)

    def holds(self, slot: str) -> str | None:
        """Why a slot of the endpoint must stay; None when nothing holds it."""
        if self.present.traffic.get(slot):
            return f"takes {self.present.traffic[slot]} % of the traffic"
        if self.present.mirror.get(slot):
            return f"is mirrored to ({self.present.mirror[slot]} %)"
        if slot in slots_of(self.previous):
            return "is what rollback returns to"
        return "may be what rollback returns to" if self.record_unreadable else None

    def jobs_in(self, environment: str) -> tuple[Job, ...]:
        """Jobs that have not ended and run in environment ``name:version``."""
        name, _, version = environment.partition(":")
        path = f"/environments/{name}/versions/{version}"
        return tuple(job for job in self.running if _environment_of(job).endswith(path))


def take_inventory(tools: Toolbox, *, images: bool = False) -> Inventory:
    """Read the workspace, and the registry where ``images`` says so; an endpoint that does not exist holds nothing."""
    workspace, name = tools.workspace, tools.settings.endpoint_name
    endpoint = workspace.endpoints.find(name)
    previous, unreadable = _previous(endpoint)
    registered = workspace.environments.list(archived=True)
    environments = [each for each in registered if _is_ours(each)]
    slots = tuple(every_slot(tools))
    running = tuple(job for job in workspace.jobs.list(RECENT_JOBS) if not job.ended)
    return Inventory(
        endpoint=name,
        present=Split(endpoint.traffic, endpoint.mirror) if endpoint else Split(Traffic()),
        previous=previous,
        record_unreadable=unreadable,
        every_slot=slots,
        models=tuple(versions_of_model(tools, archived=True)),
        environments=tuple(environments),
        running=running,
        images=tuple(_images(tools)) if images else (),
        image_users=_image_users(slots, registered, running),
    )


def _images(tools: Toolbox) -> Iterator[RegistryImage]:
    for repository in dict.fromkeys(repository_of(tools.settings, name) for name in IMAGES):
        yield from tools.registry.images(repository)


def _image_users(
    slots: Iterable[Deployment], environments: Iterable[EnvironmentVersion], running: Iterable[Job]
) -> dict[str, tuple[str, ...]]:
    """What slots, registered environments and jobs that have not ended refer to."""
    users = image_users(slots, (each for each in environments if not each.archived))
    for job in running:
        digest = job.tags.get(tags.IMAGE, "").partition("@")[2]
        if digest:
            users[digest] = (*users.get(digest, ()), f"job {job.name}")
    return users


def _previous(endpoint: Endpoint | None) -> tuple[Split, bool]:
    """The split that rollback returns to, and whether its record cannot be read."""
    try:
        return (history.previous(endpoint.tags) if endpoint else None) or Split(Traffic()), False
    except InvalidInput:
        return Split(Traffic()), True


def _is_ours(environment: EnvironmentVersion) -> bool:
    """Whether retailctl made it; those of others are none of our business."""
    return any(name.startswith(tags.PREFIX) for name in environment.tags)


def _environment_of(job: Job) -> str:
    own = job.raw.get("properties")
    return str(own.get("environmentId", "")) if isinstance(own, dict) else ""
