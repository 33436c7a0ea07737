"""The logs of slots, shown and followed."""

from retailctl.workflows.logs.follow import CONTAINERS, LogChunk, LogsRequest, logs

__all__ = ["CONTAINERS", "LogChunk", "LogsRequest", "logs"]
