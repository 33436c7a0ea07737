"""One change of an endpoint's split, however it came about: checked, recorded, sent once, seen by a read after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from retailctl.azureml.endpoints import EndpointEdit
from retailctl.domain import history
from retailctl.domain.deadline import Deadline
from retailctl.domain.history import Split
from retailctl.domain.resources import Deployment, Endpoint
from retailctl.domain.slots import SLOTS
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput, ResourceNotFound, WrongState
from retailctl.workflows.events import Underway
from retailctl.workflows.toolbox import Toolbox, step

SERVING_STATES = frozenset({"Succeeded", "Scaling"})
"""States of a slot that answers requests; while scaling, the instances there are go on answering."""

Slots = Mapping[str, Deployment]
"""The endpoint's slots by name, as they were before the change."""
Notes = Callable[[Split, Split, Slots], list[str]]
"""What there is to say about a change from one split to another."""
Chooser = Callable[[Endpoint], Split]
"""Says what the split should be, given the endpoint as a fresh read shows it; asked again when somebody else got in
between."""


@dataclass(frozen=True)
class SplitChange:
    """The split before and after; ``planned`` means that nothing was sent."""

    endpoint: str
    before: Split
    after: Split
    changed: bool
    planned: bool = False
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    next: str = ""
    """The command that probably comes next."""


@dataclass
class _Edit:
    """What is handed to the endpoint's one writer; remembers what it saw and chose last."""

    tools: Toolbox
    choose: Chooser
    slots: Slots
    before: Split = field(default_factory=lambda: Split(Traffic()))
    after: Split = field(default_factory=lambda: Split(Traffic()))

    def __call__(self, endpoint: Endpoint) -> EndpointEdit:
        self.before = Split(endpoint.traffic.over(self.slots), endpoint.mirror)
        wanted = self.choose(endpoint)
        existing = {slot: share for slot, share in wanted.traffic.items() if share or slot in self.slots}
        self.after = Split(Traffic(existing).over(self.slots), wanted.mirror)
        _check_slots(self.after, self.before, self.slots, endpoint.name)
        if not self.changes:
            return EndpointEdit()
        tags = history.record(endpoint.tags, self.before, self.tools.clock.now())
        return EndpointEdit(self.after.traffic, self.after.mirror, tags)

    @property
    def changes(self) -> bool:
        return self.before != self.after


def change_split(
    tools: Toolbox, choose: Chooser, *, dry_run: bool, timeout_s: float, notes: Notes, line: str
) -> SplitChange:
    """Bring the endpoint to the split that ``choose`` names; an equal one sends nothing.

    The present split is recorded in the endpoint's tags in the same write, so that it can be gone back to.

    Args:
        line: the command line that does what was asked for, which a plan names as the next one.

    Raises:
        ResourceNotFound: the endpoint, or a slot that is to take traffic, does not exist.
        WrongState: a slot that is to take more traffic is not ready for it.
        WaitTimedOut: no read showed the new split in time.
    """
    name = tools.settings.endpoint_name
    began = tools.clock.monotonic()
    workspace = tools.workspace
    endpoint = workspace.endpoints.get(name)
    edit = _Edit(tools, choose, {slot.name: slot for slot in workspace.deployments.list(name)})
    edit(endpoint)
    changes = edit.changes
    if changes and not dry_run:
        with step(tools, "traffic", f"Shifting traffic to {shown(edit.after)}") as shifting:
            tools.tell(Underway(f"the change of traffic of endpoint {name}", "retailctl status"))
            workspace.endpoints.change(name, edit, deadline=Deadline.after(tools.clock, timeout_s))
            changes = edit.changes
            shifting.text = f"Shifted traffic from {shown(edit.before)} to {shown(edit.after)}"
    return SplitChange(
        endpoint=name,
        before=edit.before,
        after=edit.after,
        changed=changes and not dry_run,
        planned=dry_run,
        seconds=tools.clock.monotonic() - began,
        notes=tuple(notes(edit.before, edit.after, edit.slots)),
        next=_next(tools, edit, line if dry_run else None),
    )


def _next(tools: Toolbox, edit: _Edit, planned: str | None) -> str:
    """The way back, where there is one: a split without any traffic is none."""
    if not edit.changes:
        return tools.line("status")
    return planned or tools.line("rollback" if edit.before.traffic.total else "invoke")


def shown(split: Split) -> str:
    """``blue=90 green=10``, with the mirror behind it where there is one."""
    mirror = f", mirror {Traffic(split.mirror.live).text()}" if split.mirror.live else ""
    return (split.traffic.text() or "no traffic") + mirror


def way_back(endpoint: Endpoint) -> Split:
    """The split that ``rollback`` returns to; empty when none is recorded, or none that can be read."""
    try:
        return history.previous(endpoint.tags) or Split(Traffic())
    except InvalidInput:
        return Split(Traffic())


def slots_of(split: Split) -> frozenset[str]:
    """The slots that a split sends requests to, or copies of them."""
    return frozenset({*split.traffic.live, *split.mirror.live})


def _check_slots(after: Split, before: Split, slots: Slots, endpoint: str) -> None:
    """Every slot that gets more than it has must exist and be ready; one that only loses may be in any state."""
    for wanted, present in ((after.traffic, before.traffic), (after.mirror, before.mirror)):
        for slot, share in wanted.live.items():
            if slot not in slots:
                raise _absent(slot, slots, endpoint)
            if share > present.get(slot, 0) and slots[slot].state not in SERVING_STATES:
                raise _not_ready(slots[slot])


def _absent(slot: str, slots: Slots, endpoint: str) -> ResourceNotFound:
    there = "its slots are " + ", ".join(sorted(slots)) if slots else "it has no slot yet"
    return ResourceNotFound(
        f"endpoint '{endpoint}' has no slot '{slot}'",
        reason=there,
        hint=f"retailctl deploy --slot {slot}" if slot in SLOTS else "retailctl status",
    )


def _not_ready(slot: Deployment) -> WrongState:
    failed = slot.state in ("Failed", "Canceled")
    return WrongState(
        f"slot '{slot.name}' is {slot.state}; only one that is Succeeded can take more traffic",
        reason=slot.error,
        hint=f"retailctl logs --slot {slot.name}" if failed else "retailctl status",
        details={"slot": slot.name, "state": slot.state},
    )
