"""Shift traffic: what the user typed, taken literally, and refused with the corrected line where it does not add up."""

from __future__ import annotations

from dataclasses import dataclass

from retailctl.domain.history import Split
from retailctl.domain.resources import Endpoint
from retailctl.domain.traffic import Traffic, check_mirror, check_sum
from retailctl.errors import InvalidInput
from retailctl.workflows.split import Slots, SplitChange, change_split
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class ShiftRequest:
    """A split, a mirror, or both; what is None stays as it is.

    A slot that ``traffic`` does not name gets nothing: ``green=100`` takes blue's share, and ``green=20`` alone is
    refused, for what becomes of the other 80 is for the user to say. ``mirror`` of zero ends mirroring.
    """

    traffic: Traffic | None = None
    mirror: Traffic | None = None
    allow_zero: bool = False
    """Accept a split of all zeros, after which callers get 404."""
    dry_run: bool = False
    timeout_s: float = 300.0


def shift(tools: Toolbox, request: ShiftRequest) -> SplitChange:
    """Bring the endpoint to the split asked for, and say what it was.

    When somebody else changes the endpoint meanwhile, the split asked for still wins and every other tag stays.

    Raises:
        InvalidInput: shares that do not sum to 100, or a mirror that Azure ML does not take.
        ResourceNotFound: the endpoint, or a slot that is to take traffic, does not exist.
        WrongState: a slot that is to take more traffic is not ready for it.
        WaitTimedOut: no read showed the new split in time.
    """
    if request.traffic is None and request.mirror is None:
        raise InvalidInput("neither a split nor a mirror was given", hint="retailctl traffic blue=50 green=50")

    def wanted(endpoint: Endpoint) -> Split:
        return _wanted(request, endpoint)

    def notes(before: Split, after: Split, _: Slots) -> list[str]:
        return _notes(request, before, after)

    return change_split(
        tools, wanted, dry_run=request.dry_run, timeout_s=request.timeout_s, notes=notes, line=_line(tools, request)
    )


def _line(tools: Toolbox, request: ShiftRequest) -> str:
    words = request.traffic.text().split() if request.traffic is not None else []
    mirror = request.mirror.text() if request.mirror is not None else None
    return tools.line("traffic", *words, mirror=mirror, yes=request.allow_zero)


def _wanted(request: ShiftRequest, endpoint: Endpoint) -> Split:
    traffic = endpoint.traffic
    if request.traffic is not None:
        check_sum(request.traffic, endpoint.traffic, allow_zero=request.allow_zero)
        traffic = request.traffic
    if request.mirror is None:
        return Split(traffic, _without_live(endpoint.mirror, traffic))
    check_mirror(request.mirror, traffic)
    return Split(traffic, Traffic(request.mirror.live))


def _without_live(mirror: Traffic, traffic: Traffic) -> Traffic:
    """A slot takes requests or copies of them, not both: traffic asked for ends a mirror that is there already."""
    return Traffic({slot: share for slot, share in mirror.live.items() if not traffic.get(slot)})


def _notes(request: ShiftRequest, before: Split, after: Split) -> list[str]:
    """What the user did not ask for in so many words."""
    named = request.traffic if request.traffic is not None else before.traffic
    unnamed = [slot for slot, share in before.traffic.live.items() if slot not in named]
    notes = [f"{slot} was not named and goes from {before.traffic[slot]} % to 0 %" for slot in unnamed]
    if request.mirror is None:
        ended = [slot for slot in before.mirror.live if slot not in after.mirror.live]
        notes += [f"mirroring to {slot} ends, because it takes traffic itself" for slot in ended]
    if after.traffic.total == 0 and before.traffic.total:
        notes.append("no slot takes traffic: callers get 404 until one does")
    return notes
