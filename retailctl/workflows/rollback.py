"""Go back: restore the split that was recorded before the last change, whoever changed it and from wherever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retailctl.domain import history
from retailctl.domain.history import Split
from retailctl.domain.resources import Endpoint
from retailctl.errors import Stale, WrongState
from retailctl.workflows.split import Slots, SplitChange, change_split
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class RollbackRequest:
    """Nothing to say but how."""

    dry_run: bool = False
    timeout_s: float = 300.0


def rollback(tools: Toolbox, request: RollbackRequest) -> SplitChange:
    """Restore the recorded split and record the present one, so that a second rollback returns.

    Raises:
        WrongState: no split is recorded, it sent no traffic anywhere, or a slot of it is not ready.
        ResourceNotFound: the endpoint, or a slot of the recorded split, does not exist.
        Stale: somebody else changed the split after it was looked at; going back would undo their change.
        WaitTimedOut: no read showed the new split in time.
    """
    chosen: list[Split] = []
    since: list[datetime | None] = []

    def recorded(endpoint: Endpoint) -> Split:
        since[:] = since or [history.changed_at(endpoint.tags)]
        if chosen and Split(endpoint.traffic, endpoint.mirror) == chosen[0]:
            return chosen[0]
        chosen.append(_recorded(endpoint))
        if chosen[-1] != chosen[0]:
            raise Stale(
                f"somebody else changed the traffic of '{endpoint.name}' meanwhile",
                reason=f"it is now {endpoint.traffic.text()}",
            )
        return chosen[0]

    def notes(before: Split, after: Split, slots: Slots) -> list[str]:
        if before == after:
            return ["the recorded split is the present one: there is nothing to go back to"]
        return _replaced(after, slots, since[0])

    line = tools.line("rollback")
    return change_split(tools, recorded, dry_run=request.dry_run, timeout_s=request.timeout_s, notes=notes, line=line)


def _replaced(after: Split, slots: Slots, since: datetime | None) -> list[str]:
    """A split names slots, and what a slot serves may have been replaced since it was in that split."""
    if since is None:
        return []
    changed = (slots[name] for name in after.traffic.live if name in slots)
    return [
        f"{slot.name} was deployed to since then: it has model {slot.model} now"
        for slot in changed
        if slot.changed_at and slot.changed_at > since
    ]


def _recorded(endpoint: Endpoint) -> Split:
    target = history.previous(endpoint.tags)
    if target is None:
        raise WrongState(
            f"endpoint '{endpoint.name}' has no earlier split to go back to",
            reason="retailctl records the split before each change, and has made none since the first",
            hint="retailctl traffic blue=100 green=0, with the shares you want",
        )
    if not target.traffic.total:
        raise WrongState(
            "the split before the last change sent no traffic to any slot",
            reason="going back to it would leave callers with 404",
            hint=f"retailctl traffic {target.traffic.text()} --yes, if that is what you want",
        )
    return target
