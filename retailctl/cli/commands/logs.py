"""``retailctl logs``: the log of a slot, or of every slot."""

from typing import Annotated, cast

import typer

from retailctl.azureml.deployments import Container
from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import EndpointFlags, IntervalOpt, SlotOpt, choice, given, seconds
from retailctl.cli.views.logs import LogPrinter
from retailctl.domain.slots import check_slot
from retailctl.workflows.logs import CONTAINERS, LogsRequest
from retailctl.workflows.logs import logs as read_logs

app = verb()


@command(app, EndpointFlags)
def logs(
    cli: Invocation,
    slot: SlotOpt = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", help="Last lines to begin with.", min=0, metavar="N")] = 100,
    container: Annotated[
        str | None,
        choice("--container", of=(*CONTAINERS, "all"), metavar="NAME", help="Which of the slot's containers."),
    ] = None,
    interval: IntervalOpt = None,
) -> None:
    """Show a slot's log, and follow it.

    Without --slot it shows every slot's, each line under its slot's name. With -o json each line is an object.

    Examples:
      retailctl logs --slot green
      retailctl logs --follow --lines 20
      retailctl logs --slot green --container storage-initializer
    """
    request = LogsRequest(
        slots=(check_slot(slot),) if slot else (),
        lines=lines,
        follow=follow,
        **given(containers=_containers(container), interval_s=seconds(interval)),
    )
    show = LogPrinter(cli.out, prefixed=slot is None)
    for chunk in cli.each(read_logs, request):
        show(chunk)


def _containers(named: str | None) -> tuple[Container, ...] | None:
    if named is None:
        return None
    return CONTAINERS if named == "all" else (cast(Container, named),)
