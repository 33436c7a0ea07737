"""The life of an online deployment: its `provisioningState`. A change of the instance count alone is `Scaling`."""

from __future__ import annotations

from retailctl.emulator.states.lifecycle import LifeCycle

CREATING = "Creating"
UPDATING = "Updating"
SCALING = "Scaling"
DELETING = "Deleting"
SUCCEEDED = "Succeeded"
FAILED = "Failed"

_SETTLED = frozenset({SUCCEEDED, FAILED})
_CHANGES = frozenset({UPDATING, SCALING, DELETING})

DEPLOYMENT = LifeCycle(
    kind="online deployment",
    initial=CREATING,
    transitions={
        CREATING: _SETTLED,
        SUCCEEDED: _CHANGES,
        UPDATING: _SETTLED,
        SCALING: _SETTLED,
        FAILED: _CHANGES,
        DELETING: frozenset({FAILED}),
    },
    terminal=_SETTLED,
)
