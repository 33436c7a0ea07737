"""What a clean-up would do and keep, and what came of it."""

from collections.abc import Iterator

from retailctl.cli.table import Block, Cell, Table
from retailctl.cli.views.assets import facts
from retailctl.workflows.cleanup import CleanupPlan, CleanupResult

_STYLES = {"done": "green", "skipped": "yellow", "failed": "red"}


def cleanup_plan(plan: CleanupPlan) -> Iterator[Block]:
    """A row for each thing that goes, then for each that stays, with the reason."""
    rows = [(Cell(each.verb, "yellow"), each.kind, each.name, each.reason) for each in plan.actions]
    rows += [(Cell("keep", "dim"), each.kind, each.name, each.reason) for each in plan.kept]
    yield Table(("ACTION", "KIND", "NAME", "BECAUSE IT"), rows, empty="", prose=True)
    if not plan.actions:
        yield "Nothing to clean up."
    yield from plan.notes


def cleanup_outcomes(result: CleanupResult) -> Iterator[Block]:
    """A row an action."""
    rows = [
        (Cell(each.outcome, _STYLES[each.outcome]), each.action.verb, each.action.kind, each.action.name, each.reason)
        for each in result.outcomes
    ]
    yield Table(("OUTCOME", "ACTION", "KIND", "NAME", "WHY"), rows, prose=True)


def cleanup_facts(result: CleanupResult) -> dict[str, object]:
    """The plan with its outcomes, in one level, as JSON shows them."""
    return {**facts(result.plan), "planned": result.planned, "outcomes": result.outcomes}
