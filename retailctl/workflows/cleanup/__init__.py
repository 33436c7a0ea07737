"""Clean-up: a plan that never touches what is needed, and its execution."""

from retailctl.workflows.cleanup.act import CleanupResult, Outcome, cleanup, plan
from retailctl.workflows.cleanup.plan import Action, CleanupPlan, CleanupRequest, Kept

__all__ = ["Action", "CleanupPlan", "CleanupRequest", "CleanupResult", "Kept", "Outcome", "cleanup", "plan"]
