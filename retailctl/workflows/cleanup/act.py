"""Carry a plan out, one action after the other: what was true when it was made is looked at again before each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from retailctl.domain.references import ModelRef
from retailctl.errors import AccessDenied, ResourceNotFound, RetailctlError, Unavailable, WorkFailed
from retailctl.workflows.cleanup.inventory import take_inventory
from retailctl.workflows.cleanup.plan import Action, CleanupPlan, CleanupRequest, make_plan
from retailctl.workflows.images import remove
from retailctl.workflows.toolbox import Toolbox, step

_DOING = {"delete": "Deleting", "archive": "Archiving"}
_DONE = {"delete": "Deleted", "archive": "Archived"}


@dataclass(frozen=True)
class Outcome:
    """How one action ended: done, skipped (with the reason), or failed."""

    action: Action
    outcome: Literal["done", "skipped", "failed"]
    reason: str | None = None


@dataclass(frozen=True)
class CleanupResult:
    """The plan and, unless it was only ``planned``, how each of its actions ended."""

    plan: CleanupPlan
    outcomes: tuple[Outcome, ...] = ()
    planned: bool = False


def plan(tools: Toolbox, request: CleanupRequest) -> CleanupPlan:
    """What a clean-up would do now, and what it would keep."""
    return make_plan(take_inventory(tools, images=request.images), request, tools.clock.now())


def cleanup(tools: Toolbox, request: CleanupRequest, agreed: CleanupPlan | None = None) -> CleanupResult:
    """Carry out the plan that was ``agreed`` to (None: one made now), as far as it still holds.

    What failed does not stop the rest, and running it again goes on where it stopped; what was skipped because the
    workspace has changed meanwhile is told.

    Raises:
        WorkFailed: some actions failed; ``details`` lists what was done and what was not.
        Unavailable, AccessDenied: the service cannot be asked any further; likewise.
    """
    agreed = agreed or plan(tools, request)
    if request.dry_run:
        return CleanupResult(agreed, planned=True)
    run = _Run(tools, request)
    for action in agreed.actions:
        run.act(action)
    _raise_failures(run.outcomes)
    return CleanupResult(agreed, tuple(run.outcomes))


@dataclass
class _Run:
    """A plan being carried out: how each action ended so far, and the plan that a fresh look would give."""

    tools: Toolbox
    request: CleanupRequest
    outcomes: list[Outcome] = field(default_factory=list)
    _fresh: CleanupPlan | None = None

    def act(self, action: Action) -> None:
        try:
            reason = self._obstacle(action)
            if reason is None:
                self._carry_out(action)
            self.outcomes.append(Outcome(action, "skipped" if reason else "done", reason))
        except ResourceNotFound:
            self.outcomes.append(Outcome(action, "done", "it was gone already"))
        except RetailctlError as error:
            self.outcomes.append(Outcome(action, "failed", error.message))
            if isinstance(error, Unavailable | AccessDenied):
                error.details |= _account(self.outcomes)
                raise

    def _obstacle(self, action: Action) -> str | None:
        """Why an action must not be carried out any more."""
        undone = [each.action.name for each in self.outcomes if each.outcome != "done"]
        missing = next((name for name in action.after if name in undone), None)
        if missing:
            return f"{missing} is as it was"
        if self._fresh is None or action.verb == "delete":  # an archived version can be restored; a deleted one cannot
            self._fresh = plan(self.tools, self.request)
        wanted = (action.verb, action.kind, action.name)
        holds = any((each.verb, each.kind, each.name) == wanted for each in self._fresh.actions)
        return None if holds else "it is needed again"

    def _carry_out(self, action: Action) -> None:
        with step(self.tools, "cleanup", f"{_DOING[action.verb]} {action.kind} {action.name}") as acting:
            _send(self.tools, action)
            acting.text = f"{_DONE[action.verb]} {action.kind} {action.name}"


def _send(tools: Toolbox, action: Action) -> None:
    workspace = tools.workspace
    if action.kind == "slot":
        workspace.deployments.delete(tools.settings.endpoint_name, action.name)
    elif action.kind == "model":
        ref = ModelRef.parse(action.name)
        (workspace.models.archive if action.verb == "archive" else workspace.models.delete)(ref)
    elif action.kind == "image":
        repository, _, digest = action.name.partition("@")
        remove(tools, repository, digest)
    else:
        name, _, version = action.name.partition(":")
        environments = workspace.environments
        (environments.archive if action.verb == "archive" else environments.delete)(name, version)


def _raise_failures(outcomes: list[Outcome]) -> None:
    failed = [each for each in outcomes if each.outcome == "failed"]
    if failed:
        raise WorkFailed(
            f"{len(failed)} of {len(outcomes)} clean-up actions failed",
            reason=failed[0].reason,
            hint="retailctl cleanup; it goes on with what is left",
            details=_account(outcomes),
        )


def _account(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """What was done and what was not, in a form that is safe to print."""

    def listed(wanted: str) -> list[str]:
        return [
            f"{each.action.verb} {each.action.kind} {each.action.name}" + (f": {each.reason}" if each.reason else "")
            for each in outcomes
            if each.outcome == wanted
        ]

    outcomes = list(outcomes)
    return {wanted: listed(wanted) for wanted in ("done", "skipped", "failed")}
