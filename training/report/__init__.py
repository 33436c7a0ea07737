"""One self-contained HTML report of a training, for a planner and a data scientist."""

from __future__ import annotations

from training.report.drawings import importance, standalone
from training.report.page import FILE_NAME, Report

__all__ = ["FILE_NAME", "Report", "importance", "standalone"]
