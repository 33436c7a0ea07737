"""``retailctl cleanup``: what no live slot refers to, shown before it goes."""

from collections.abc import Callable
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt, EndpointFlags, ExitCodeOpt, ModelFlags, YesOpt, duration, seconds
from retailctl.cli.views.cleanup import cleanup_facts, cleanup_outcomes, cleanup_plan
from retailctl.workflows.cleanup import CleanupPlan, CleanupRequest, CleanupResult, plan
from retailctl.workflows.cleanup import cleanup as carry_out
from retailctl.workflows.toolbox import Toolbox

app = verb()


@command(app, ModelFlags, EndpointFlags)
def cleanup(
    cli: Invocation,
    keep: Annotated[int, typer.Option(help="Newest versions that stay in any case.", min=1, metavar="N")] = 3,
    older_than: Annotated[str | None, duration("--older-than", help="Only what is older, such as 30d.")] = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete what is archived already.")] = False,
    images: Annotated[bool, typer.Option("--images", help="The registry's images, too.")] = False,
    dry_run: DryRunOpt = False,
    exit_code: ExitCodeOpt = False,
    yes: YesOpt = False,
) -> None:
    """Remove what no live slot refers to.

    Idle slots are deleted; model and environment versions are archived first, which can be undone, and deleted with
    --purge. With --images, images go from the registry for good, each by its digest and with all its tags. What a
    slot, or the slot that rollback returns to, refers to is never touched.

    Examples:
      retailctl cleanup --dry-run
      retailctl cleanup --keep 5 --older-than 30d --yes
      retailctl cleanup --images --keep 10 --dry-run
    """
    request = CleanupRequest(keep, seconds(older_than), purge, dry_run, images)
    agreed = cli.run(plan, request)
    if dry_run or not agreed.actions:
        result = CleanupResult(agreed, planned=dry_run)
    else:
        cli.out.preview(cleanup_plan(agreed))
        cli.out.confirm(f"Carry out {_count(agreed)}?", yes=yes)
        result = cli.run(_as_agreed(agreed), request)
    view = cleanup_plan(agreed) if not result.outcomes else cleanup_outcomes(result)
    cli.out.result(cleanup_facts(result), lambda _: view, name=lambda _: "")
    if dry_run and agreed.actions:
        cli.out.next(cli.tools.line("cleanup", keep=str(keep), older_than=older_than, purge=purge, images=images))
    cli.finish(would_change=dry_run and bool(agreed.actions), asked=exit_code)


def _as_agreed(agreed: CleanupPlan) -> Callable[[Toolbox, CleanupRequest], CleanupResult]:
    """The clean-up of exactly what was shown."""

    def workflow(tools: Toolbox, request: CleanupRequest) -> CleanupResult:
        return carry_out(tools, request, agreed)

    return workflow


def _count(agreed: CleanupPlan) -> str:
    return "this action" if len(agreed.actions) == 1 else f"these {len(agreed.actions)} actions"
