"""A change of the split: before and after, slot by slot."""

from collections.abc import Iterator

from retailctl.cli.table import Block, Cell, Table
from retailctl.workflows.split import SplitChange

BAR = 10
"""Characters that stand for 100 per cent."""


def split_change(change: SplitChange) -> Iterator[Block]:
    """One row a slot, with its share as a bar."""
    slots = list(dict.fromkeys([*change.before.traffic, *change.after.traffic, *change.after.mirror]))
    after = "WOULD BE" if change.planned else "NOW"
    headings = ["SLOT", "BEFORE", after, "SHARE", *(["MIRROR"] if change.after.mirror.live else [])]
    rows = [_row(change, slot)[: len(headings)] for slot in slots]
    yield Table(headings, rows, numbers=frozenset(("BEFORE", after, "MIRROR")))
    if not change.changed and not change.planned:
        yield f"Unchanged: {change.endpoint} has this split already."
    yield from change.notes


def _row(change: SplitChange, slot: str) -> list[object]:
    share = change.after.traffic.get(slot, 0)
    return [
        Cell(slot, slot_style(slot)),
        f"{change.before.traffic.get(slot, 0)} %",
        Cell(f"{share} %", "bold"),
        Cell(share_bar(share), slot_style(slot)),
        f"{change.after.mirror.get(slot, 0)} %",
    ]


def share_bar(share: int) -> str:
    """A share of 100 as blocks; the empty part stays blank."""
    full = round(share * BAR / 100)
    return "█" * (full or (1 if share else 0)) or " "


def slot_style(slot: str) -> str:
    """The colour that a slot is named after."""
    return slot if slot in ("blue", "green") else ""
