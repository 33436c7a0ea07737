"""What would go, what stays, and why: a plan is data, made before anything is touched and shown before it is acted on.

What a live slot refers to, or a slot that ``rollback`` returns to, never goes. What any other slot refers to goes only
with that slot. The rules look at values alone; reading the workspace and acting on it are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from retailctl.domain import tags
from retailctl.domain.resources import Deployment, EnvironmentVersion, ModelVersion
from retailctl.errors import InvalidInput
from retailctl.workflows.cleanup.inventory import Inventory
from retailctl.workflows.in_use import address

Kind = Literal["slot", "model", "environment", "image"]
Verb = Literal["delete", "archive"]

SLOT_IDLE_S = 24 * 3600.0
"""How long a slot without traffic is left alone: it may be a candidate that waits for its first request."""


SETTLED = frozenset({"Succeeded", "Failed", "Canceled"})
"""States in which nobody is working on a slot."""


@dataclass(frozen=True)
class CleanupRequest:
    """How much to keep."""

    keep: int = 3
    """Newest versions of the model, of each environment and of each image that stay in any case."""
    older_than_s: float | None = None
    """Only what is older than this; None: slots after a day, versions at any age."""
    purge: bool = False
    """Delete what is archived; without it versions are archived, which can be undone."""
    dry_run: bool = False
    images: bool = False
    """The images in the registry, too: these are deleted, for nothing archives them."""


@dataclass(frozen=True)
class Action:
    """One thing to do, and why it may be done."""

    verb: Verb
    kind: Kind
    name: str
    reason: str
    after: tuple[str, ...] = ()
    """Names of slots and versions whose own action has to succeed first."""


@dataclass(frozen=True)
class Kept:
    """One thing that stays, and why."""

    kind: Kind
    name: str
    reason: str


@dataclass(frozen=True)
class CleanupPlan:
    """Everything that was looked at: what to do, in order, and what stays."""

    endpoint: str
    actions: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Draft:
    """A plan in the making."""

    request: CleanupRequest
    now: datetime
    actions: list[Action] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def keep(self, kind: Kind, name: str, reason: str) -> None:
        self.kept.append(Kept(kind, name, reason))

    def is_young(self, made: datetime | None, age_s: float) -> bool:
        """Whether a thing is younger than ``age_s``; one of unknown age is taken for young."""
        return made is None or self.now - made < timedelta(seconds=age_s)


def make_plan(inventory: Inventory, request: CleanupRequest, now: datetime) -> CleanupPlan:
    """The plan for what ``inventory`` holds.

    Raises:
        InvalidInput: not even the newest version would stay.
    """
    if request.keep < 1:
        raise InvalidInput("the newest version has to stay", hint="retailctl cleanup --keep 1")
    draft = _Draft(request, now)
    going = {address(slot) for slot in inventory.slots if _slot_goes(draft, inventory, slot)}
    _models(draft, inventory, going)
    _environments(draft, inventory, going)
    _images(draft, inventory)
    draft.actions.sort(key=lambda action: (action.kind != "slot", action.verb == "delete"))
    return CleanupPlan(inventory.endpoint, tuple(draft.actions), tuple(draft.kept), tuple(_notes(inventory, going)))


def _slot_goes(draft: _Draft, inventory: Inventory, slot: Deployment) -> bool:
    age_s = SLOT_IDLE_S if draft.request.older_than_s is None else draft.request.older_than_s
    reason = inventory.holds(slot.name)
    if reason is None and slot.state not in SETTLED:
        reason = f"is {slot.state}"
    if reason is None and draft.is_young(slot.changed_at or slot.created_at, age_s):
        reason = "was deployed lately and may be waiting for traffic"
    if reason is not None:
        draft.keep("slot", slot.name, reason)
        return False
    draft.actions.append(
        Action(
            "delete", "slot", slot.name, f"takes no traffic and bills for {slot.instance_count} x {slot.instance_type}"
        )
    )
    return True


def _models(draft: _Draft, inventory: Inventory, going: Collection[str]) -> None:
    newest_first = sorted(inventory.models, key=lambda each: each.version, reverse=True)
    _versions(draft, "model", newest_first, going, lambda version: _slots_with_model(inventory, version))


def _environments(draft: _Draft, inventory: Inventory, going: Collection[str]) -> None:
    names = sorted({each.name for each in inventory.environments})
    for name in names:
        of_name = [each for each in inventory.environments if each.name == name]
        newest_first = sorted(of_name, key=_made, reverse=True)
        _versions(draft, "environment", newest_first, going, lambda version: _slots_in(inventory, version))


def _images(draft: _Draft, inventory: Inventory) -> None:
    """By digest, and with every tag of it; what a slot that goes refers to stays until the next clean-up."""
    age_s = draft.request.older_than_s
    for repository in dict.fromkeys(image.repository for image in inventory.images):
        of_repository = [image for image in inventory.images if image.repository == repository]
        for number, image in enumerate(of_repository):
            name, users = f"{repository}@{image.digest}", inventory.image_users.get(image.digest, ())
            if users:
                draft.keep("image", name, f"is in use by {', '.join(users)}")
            elif number < draft.request.keep:
                draft.keep("image", name, f"is among the {draft.request.keep} newest")
            elif age_s is not None and draft.is_young(image.created_at, age_s):
                draft.keep("image", name, "is not old enough")
            else:
                gone = f"; its tags go with it: {', '.join(image.tags)}" if image.tags else ""
                draft.actions.append(Action("delete", "image", name, f"nothing refers to it{gone}"))


def _versions(
    draft: _Draft,
    kind: Kind,
    newest_first: Sequence[ModelVersion] | Sequence[EnvironmentVersion],
    going: Collection[str],
    users_of: Callable[[str], tuple[str, ...]],
) -> None:
    """Plan for the versions of one asset; archived ones do not count among those to keep."""
    in_lists = [version.text for version in newest_first if not version.archived]
    newest = set(in_lists[: draft.request.keep])
    for version in newest_first:
        users = users_of(version.text)
        staying = [user for user in users if user not in going]
        if staying:
            draft.keep(kind, version.text, f"is in use by {', '.join(staying)}")
        elif version.text in newest:
            draft.keep(kind, version.text, f"is among the {draft.request.keep} newest")
        elif draft.request.older_than_s is not None and draft.is_young(version.created_at, draft.request.older_than_s):
            draft.keep(kind, version.text, "is not old enough")
        elif version.archived and not draft.request.purge:
            draft.keep(kind, version.text, "is archived; --purge deletes it")
        else:
            draft.actions += _retire(draft, kind, version, users)


def _retire(
    draft: _Draft, kind: Kind, version: ModelVersion | EnvironmentVersion, users: Iterable[str]
) -> Iterator[Action]:
    """Archive, and delete only what is archived."""
    slots = tuple(user.rpartition("/")[2] for user in users)
    why = f"is served only by {', '.join(slots)}, which goes" if slots else "is used by no slot"
    if not version.archived:
        yield Action("archive", kind, version.text, why, after=slots)
    if draft.request.purge:
        yield Action("delete", kind, version.text, f"{why}, and is archived", after=(*slots, version.text))


def _slots_with_model(inventory: Inventory, text: str) -> tuple[str, ...]:
    """Who serves a model version, by the service's word or by the tag that the deployment left."""
    return tuple(address(slot) for slot in inventory.every_slot if text in (slot.model, slot.tags.get(tags.MODEL)))


def _slots_in(inventory: Inventory, text: str) -> tuple[str, ...]:
    """Who runs in an environment version: slots, and jobs that have not ended."""
    slots = (address(slot) for slot in inventory.every_slot if slot.environment == text)
    return (*slots, *(f"job {job.name}" for job in inventory.jobs_in(text)))


def _made(version: EnvironmentVersion) -> float:
    return version.created_at.timestamp() if version.created_at else 0.0


def _notes(inventory: Inventory, going: Collection[str]) -> Iterator[str]:
    if inventory.record_unreadable:
        yield "the endpoint's record of its last split cannot be read, so no slot goes"
    for user in sorted(going):
        slot = user.rpartition("/")[2]
        yield f"an Azure Monitor autoscale setting on {slot}, if there is one, stays: az monitor autoscale list"
