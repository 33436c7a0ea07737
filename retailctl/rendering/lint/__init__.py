"""What the SDK lets through and Azure ML refuses, or takes and regrets, found before anything is sent."""

from retailctl.rendering.lint.check import check, require_clean
from retailctl.rendering.lint.finding import Finding

__all__ = ["Finding", "check", "require_clean"]
