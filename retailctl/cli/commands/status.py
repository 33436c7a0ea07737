"""``retailctl status``: the whole picture."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import EndpointFlags, IntervalOpt, duration, given, seconds
from retailctl.cli.views.status import status_picture
from retailctl.cli.watch import watch_result
from retailctl.workflows.status import StatusRequest
from retailctl.workflows.status import status as read_status

app = verb()


@command(app, EndpointFlags)
def status(
    cli: Invocation,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")] = False,
    interval: IntervalOpt = None,
    window: Annotated[str | None, duration("--window", help="Span of the slots' figures; 15m unless said.")] = None,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Read the slots' figures.")] = True,
    inputs: Annotated[
        bool, typer.Option("--inputs", help="Read from the slots' logs how far requests are from training.")
    ] = False,
) -> None:
    """Show the endpoint, its slots, traffic and models.

    With --inputs each slot has, under `inputs` with -o json: since, requests, series, and the shares unknown_share,
    unpriced_share and outside_shares (by column; outside_values says of how many), and model_age_days. NEXT says so
    when more than 5 % of the series are unknown, or of a column's values outside the range that training saw.

    Examples:
      retailctl status
      retailctl status --inputs --watch
      retailctl status -o json --query 'slots[?traffic > `0`].name'
    """
    request = StatusRequest(metrics=metrics, inputs=inputs, **given(window_s=seconds(window)))
    if watch:
        watch_result(cli, read_status, request, status_picture, interval_s=seconds(interval) or 5.0)
    else:
        cli.out.result(cli.run(read_status, request), status_picture, name=lambda seen: seen.endpoint_name)
