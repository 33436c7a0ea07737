"""What the picture calls for: the commands that a person who looks at it would want next, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retailctl.domain.slots import BLUE, idle_slot, other_slot
from retailctl.workflows.status.picture import Advice, EndpointStatus, ModelStatus, SlotStatus


def advise(
    endpoint: EndpointStatus | None, slots: Sequence[SlotStatus], models: Sequence[ModelStatus]
) -> Iterator[Advice]:
    """Each thing to act on, with its command."""
    if endpoint is None or not slots:
        yield _first_step(endpoint, models)
        return
    yield from _failed(slots)
    if not endpoint.traffic.live:
        yield _no_traffic(slots)
    yield from _newer_model(endpoint, slots, models)
    yield from _idle(slots)


def _first_step(endpoint: EndpointStatus | None, models: Sequence[ModelStatus]) -> Advice:
    there = "the endpoint has no slot yet" if endpoint else "nothing is deployed yet"
    if models:
        return Advice(f"{there}; {models[0].name}:{models[0].version} is registered", f"retailctl deploy --slot {BLUE}")
    return Advice(f"{there}; a release trains, registers, deploys and shifts traffic", "retailctl release")


def _failed(slots: Sequence[SlotStatus]) -> Iterator[Advice]:
    for slot in slots:
        if slot.state in ("Failed", "Canceled"):
            yield Advice(f"{slot.name} is {slot.state}", f"retailctl logs --slot {slot.name}")


def _no_traffic(slots: Sequence[SlotStatus]) -> Advice:
    ready = next((slot for slot in slots if slot.idle), slots[0])
    return Advice("no slot takes traffic: callers get 404", f"retailctl traffic {ready.name}=100")


def _newer_model(
    endpoint: EndpointStatus, slots: Sequence[SlotStatus], models: Sequence[ModelStatus]
) -> Iterator[Advice]:
    """The newest version, when no slot serves it and there is a slot to put it in."""
    newest = next(iter(models), None)
    if newest is None or newest.served_by or len([slot for slot in slots if slot.traffic]) > 1:
        return
    free = idle_slot(endpoint.traffic, [slot.name for slot in slots])
    yield Advice(
        f"{newest.name}:{newest.version} is registered and no slot serves it", f"retailctl deploy --slot {free}"
    )


def _idle(slots: Sequence[SlotStatus]) -> Iterator[Advice]:
    for slot in slots:
        if not slot.idle or not any(each.traffic for each in slots):
            continue
        billed = f"{slot.name} takes no traffic and bills for {slot.instance_count} x {slot.instance_type}"
        if slot.for_rollback:
            yield Advice(f"{billed}; rollback returns to it", "retailctl rollback --dry-run")
        else:
            yield Advice(billed, f"retailctl traffic {other_slot(slot.name)}=90 {slot.name}=10, or retailctl cleanup")
