"""The whole picture of a release in one call."""

from retailctl.workflows.status.inputs import InputStatus
from retailctl.workflows.status.picture import (
    Advice,
    EndpointStatus,
    JobStatus,
    ModelStatus,
    SlotStatus,
    StatusResult,
)
from retailctl.workflows.status.report import StatusRequest, status

__all__ = [
    "Advice",
    "EndpointStatus",
    "InputStatus",
    "JobStatus",
    "ModelStatus",
    "SlotStatus",
    "StatusRequest",
    "StatusResult",
    "status",
]
