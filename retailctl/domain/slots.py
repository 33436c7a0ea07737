"""The two slots of a blue/green release, and which of them is free."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from retailctl.errors import InvalidName, WrongState

BLUE = "blue"
GREEN = "green"
SLOTS = (BLUE, GREEN)


def check_slot(text: str) -> str:
    """Return the slot that ``text`` names, in lower case.

    Raises:
        InvalidName: ``text`` is neither blue nor green.
    """
    slot = text.strip().lower()
    if slot not in SLOTS:
        near = get_close_matches(slot, SLOTS, n=1)
        raise InvalidName(
            f"'{text}' is not a slot",
            reason="the slots are blue and green",
            hint=f"the same line with --slot {near[0] if near else BLUE}",
        )
    return slot


def other_slot(slot: str) -> str:
    """The slot that ``slot`` is released against."""
    return GREEN if slot == BLUE else BLUE


def idle_slot(traffic: Mapping[str, int], existing: Collection[str]) -> str:
    """The slot a release goes to: without traffic, and if both are, one that does not exist yet; blue first.

    Raises:
        WrongState: both slots take traffic.
    """
    free = [slot for slot in SLOTS if not traffic.get(slot)]
    if not free:
        split = " ".join(f"{slot}={traffic[slot]}" for slot in SLOTS)
        raise WrongState(
            "no slot is free for the release",
            reason=f"both take traffic ({split})",
            hint=f"retailctl traffic {BLUE}=100 {GREEN}=0",
            details={"traffic": dict(traffic)},
        )
    return min(free, key=lambda slot: (slot in existing, SLOTS.index(slot)))
