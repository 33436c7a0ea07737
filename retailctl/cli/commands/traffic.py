"""``retailctl traffic`` (also ``shift-traffic``): the split between the slots."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import (
    DryRunOpt,
    EndpointFlags,
    ExitCodeOpt,
    TimeoutOpt,
    YesOpt,
    given,
    seconds,
)
from retailctl.cli.views.split import split_change
from retailctl.domain.traffic import Traffic, check_sum
from retailctl.workflows.shift import ShiftRequest, shift

app = verb()


@command(app, EndpointFlags)
def traffic(
    cli: Invocation,
    split: Annotated[
        list[str] | None,
        typer.Argument(help="Shares that sum to 100, such as blue=50 green=50.", metavar="SLOT=PERCENT"),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(help="Copy a share of the requests to a slot, its answers dropped.", metavar="SLOT=PERCENT"),
    ] = None,
    timeout: TimeoutOpt = None,
    dry_run: DryRunOpt = False,
    exit_code: ExitCodeOpt = False,
    yes: YesOpt = False,
) -> None:
    """Shift the endpoint's traffic between the slots.

    The split before the change is recorded in the endpoint's tags; retailctl rollback goes back to it. A valid line
    is never questioned; --yes is for a split of zeros, after which callers get 404.

    Examples:
      retailctl traffic blue=90 green=10
      retailctl traffic blue=0,green=100 --dry-run
      retailctl traffic --mirror green=10
    """
    if not split and mirror is None:
        raise typer.BadParameter("a split or --mirror must be given", param_hint="SLOT=PERCENT")
    wanted = Traffic.parse(split) if split else None
    if wanted:
        check_sum(wanted, {}, allow_zero=yes)  # before anything is opened: the line alone is wrong
    request = ShiftRequest(
        traffic=wanted,
        mirror=Traffic.parse([mirror]) if mirror else None,
        allow_zero=yes,
        dry_run=dry_run,
        **given(timeout_s=seconds(timeout)),
    )
    change = cli.run(shift, request)
    cli.out.result(change, split_change, name=lambda done: done.after.traffic.text())
    cli.out.next(change.next)
    cli.finish(would_change=change.planned and change.before != change.after, asked=exit_code)
