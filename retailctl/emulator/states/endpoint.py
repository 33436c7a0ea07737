"""The life of an online endpoint: its `provisioningState`."""

from __future__ import annotations

from retailctl.emulator.states.lifecycle import LifeCycle

CREATING = "Creating"
UPDATING = "Updating"
DELETING = "Deleting"
SUCCEEDED = "Succeeded"
FAILED = "Failed"

ENDPOINT = LifeCycle(
    kind="online endpoint",
    initial=CREATING,
    transitions={
        CREATING: frozenset({SUCCEEDED, FAILED}),
        SUCCEEDED: frozenset({UPDATING, DELETING}),
        UPDATING: frozenset({SUCCEEDED, FAILED}),
        FAILED: frozenset({UPDATING, DELETING}),
        DELETING: frozenset({FAILED}),
    },
    terminal=frozenset({SUCCEEDED, FAILED}),
)
