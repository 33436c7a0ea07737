"""What a run leaves in MLflow: parameters, metrics, tags and plots."""

from __future__ import annotations

from training.tracking.run import track

__all__ = ["track"]
