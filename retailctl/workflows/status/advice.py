"""What the picture calls for: the commands that a person who looks at it would want next, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retailctl.domain.slots import BLUE, idle_slot, other_slot
from retailctl.workflows.status.picture import Advice, EndpointStatus, JobStatus, ModelStatus, SlotStatus
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.training_data import missing_data

MOST_UNKNOWN = 0.05
"""Share of series unknown to a slot's model above which that is said."""
MOST_OUTSIDE = 0.05
"""Share of a column's values outside the range of training above which that is said."""
FEWEST = 20
"""Series, or values, below which a share says nothing."""


def advise(
    tools: Toolbox,
    endpoint: EndpointStatus | None,
    slots: Sequence[SlotStatus],
    models: Sequence[ModelStatus],
    jobs: Sequence[JobStatus],
) -> Iterator[Advice]:
    """Each thing to act on, with its command; ``models`` and ``jobs`` the newest first."""
    yield from _failed_job(tools, jobs)
    if endpoint is None or not slots:
        yield _first_step(tools, endpoint, models)
        return
    yield from _failed(tools, slots)
    if not endpoint.traffic.live:
        yield _no_traffic(tools, slots)
    yield from _drifted(tools, slots)
    yield from _newer_model(tools, endpoint, slots, models)
    yield from _idle(tools, slots)


def _failed_job(tools: Toolbox, jobs: Sequence[JobStatus]) -> Iterator[Advice]:
    """The newest job, when it failed; what failed before it is history."""
    newest = next(iter(jobs), None)
    if newest and newest.status == "Failed":
        yield Advice("the newest job failed", tools.line("job", "logs", newest.name))


def _first_step(tools: Toolbox, endpoint: EndpointStatus | None, models: Sequence[ModelStatus]) -> Advice:
    there = "the endpoint has no slot yet" if endpoint else "nothing is deployed yet"
    if models:
        registered = f"{there}; {models[0].name}:{models[0].version} is registered"
        return Advice(registered, tools.line("deploy", slot=BLUE))
    return Advice(
        f"{there}; a release trains, registers, deploys and shifts traffic",
        tools.line("release", data=missing_data(tools)),
    )


def _failed(tools: Toolbox, slots: Sequence[SlotStatus]) -> Iterator[Advice]:
    for slot in slots:
        if slot.state in ("Failed", "Canceled"):
            yield Advice(f"{slot.name} is {slot.state}", tools.line("logs", slot=slot.name))


def _no_traffic(tools: Toolbox, slots: Sequence[SlotStatus]) -> Advice:
    ready = next((slot for slot in slots if slot.idle), slots[0])
    return Advice("no slot takes traffic: callers get 404", tools.line("traffic", f"{ready.name}=100"))


def _drifted(tools: Toolbox, slots: Sequence[SlotStatus]) -> Iterator[Advice]:
    """Slots that are asked for what their model has not seen; nothing where that was not read."""
    for slot in slots:
        asked = slot.inputs
        if asked is None:
            continue
        far = [
            f"{share:.1%} of its {name} values are outside the range of training"
            for name, share in asked.outside_shares.items()
            if share > MOST_OUTSIDE and asked.outside_values[name] >= FEWEST
        ]
        if asked.unknown_share is not None and asked.unknown_share > MOST_UNKNOWN and asked.series >= FEWEST:
            far.insert(0, f"{asked.unknown_share:.1%} of the series it is asked for are unknown to its model")
        for each in far:
            yield Advice(f"{slot.name}: {each}; train on newer data", tools.line("train", data=missing_data(tools)))


def _newer_model(
    tools: Toolbox, endpoint: EndpointStatus, slots: Sequence[SlotStatus], models: Sequence[ModelStatus]
) -> Iterator[Advice]:
    """The newest version, when no slot serves it and there is a slot to put it in."""
    newest = next(iter(models), None)
    if newest is None or newest.served_by or len([slot for slot in slots if slot.traffic]) > 1:
        return
    free = idle_slot(endpoint.traffic, [slot.name for slot in slots])
    yield Advice(f"{newest.name}:{newest.version} is registered and no slot serves it", tools.line("deploy", slot=free))


def _idle(tools: Toolbox, slots: Sequence[SlotStatus]) -> Iterator[Advice]:
    for slot in slots:
        if not slot.idle or not any(each.traffic for each in slots):
            continue
        billed = f"{slot.name} takes no traffic and bills for {slot.instance_count} x {slot.instance_type}"
        if slot.for_rollback:
            yield Advice(f"{billed}; rollback returns to it", tools.line("rollback", dry_run=True))
        else:
            shifted = tools.line("traffic", f"{other_slot(slot.name)}=90", f"{slot.name}=10")
            yield Advice(f"{billed}; {tools.line('cleanup')} removes it", shifted)
