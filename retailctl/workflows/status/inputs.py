"""What was asked of each slot, and how far it is from what its model was trained on.

Read from the line that serving leaves in its log at most once a minute: behind an endpoint nothing but a slot's log and
its scoring route can be reached. Of several instances it is the one whose log the platform answers with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retailctl.errors import RetailctlError
from retailctl.workflows.status.read import AT_ONCE
from retailctl.workflows.toolbox import Toolbox

MESSAGE = "input summary"
TAILS = (500, 5_000, 50_000)
"""Lines of a log that are looked at; the longer ones only where a busy slot's summary is further back."""

NONE = "its log has no summary: no forecast was asked for yet, its image is older, or SERVING_LOG_LEVEL leaves it out"


@dataclass(frozen=True)
class InputStatus:
    """What one slot was asked since it started; shares are 0 to 1, None of nothing."""

    since: datetime
    requests: int
    series: int
    unknown_share: float | None
    """Of the series: those that training did not have."""
    unpriced_share: float | None
    """Of the days forecast: those for which no price was known."""
    outside_shares: Mapping[str, float]
    """Of a column's values in `future` and `history`: those outside the range that training saw."""
    outside_values: Mapping[str, int]
    """How many values of each of these columns were given."""
    model_age_days: int
    """Days since the last day that training saw, when the line was written."""


@dataclass(frozen=True)
class SlotInputs:
    """One slot's summary, or why there is none."""

    found: InputStatus | None = None
    missing: str | None = None


def read_inputs(tools: Toolbox, slots: Sequence[str]) -> Mapping[str, SlotInputs]:
    """The newest summary in each slot's log; a log that cannot be had is said, not raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(slots, pool.map(lambda slot: _read(tools, slot), slots), strict=True))


def _read(tools: Toolbox, slot: str) -> SlotInputs:
    for tail in TAILS:
        try:
            text = tools.workspace.deployments.logs(tools.settings.endpoint_name, slot, lines=tail)
        except RetailctlError as error:
            return SlotInputs(missing=f"its log is out of reach: {error.message}")
        lines = text.splitlines()
        found = newest(lines)
        if found:
            return SlotInputs(found)
        if len(lines) < tail:
            return SlotInputs(missing=NONE)
    return SlotInputs(missing=f"no summary in the last {TAILS[-1]:,} lines of its log")


def newest(lines: Sequence[str]) -> InputStatus | None:
    """The last summary among the lines of a log; lines of any other form are passed over."""
    for line in reversed(lines):
        if MESSAGE in line:
            try:
                return _summary(json.loads(line[line.index("{") :]))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # cut off, or another program's
    return None


def _summary(said: Mapping[str, Any]) -> InputStatus:
    if said["message"] != MESSAGE:
        raise ValueError(MESSAGE)
    columns = {str(name): (int(each["values"]), int(each["outside"])) for name, each in said["columns"].items()}
    given = {name: values for name, (values, _) in columns.items() if values}
    return InputStatus(
        since=datetime.fromisoformat(said["since"]),
        requests=int(said["requests"]),
        series=int(said["series"]),
        unknown_share=_share(said["unknown"], said["series"]),
        unpriced_share=_share(said["unpriced"], said["days"]),
        outside_shares={name: columns[name][1] / values for name, values in given.items()},
        outside_values=given,
        model_age_days=int(said["model_age_days"]),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
