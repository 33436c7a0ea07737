"""What a run leaves in MLflow: parameters, metrics, tags, the report and its drawings."""

from __future__ import annotations

from training.tracking.run import track

__all__ = ["track"]
