"""The life of a command job, with the status words of the Jobs API."""

from __future__ import annotations

from retailctl.emulator.states.lifecycle import LifeCycle

NOT_STARTED = "NotStarted"
PREPARING = "Preparing"
QUEUED = "Queued"
STARTING = "Starting"
RUNNING = "Running"
FINALIZING = "Finalizing"
CANCEL_REQUESTED = "CancelRequested"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"

BEFORE_START = frozenset({NOT_STARTED, PREPARING, QUEUED})
"""No process of the job has been started yet."""

_STOPPABLE = frozenset({CANCEL_REQUESTED, FAILED})

JOB = LifeCycle(
    kind="job",
    initial=NOT_STARTED,
    transitions={
        NOT_STARTED: frozenset({PREPARING}) | _STOPPABLE,
        PREPARING: frozenset({QUEUED, STARTING}) | _STOPPABLE,
        QUEUED: frozenset({STARTING, PREPARING}) | _STOPPABLE,  # again, after a restart of the server
        STARTING: frozenset({RUNNING}) | _STOPPABLE,
        RUNNING: frozenset({FINALIZING}) | _STOPPABLE,
        FINALIZING: frozenset({COMPLETED}) | _STOPPABLE,
        CANCEL_REQUESTED: frozenset({CANCELED, FAILED}),
        COMPLETED: frozenset(),
        FAILED: frozenset(),
        CANCELED: frozenset(),
    },
    terminal=frozenset({COMPLETED, FAILED, CANCELED}),
)
