"""``retailctl register``: a model version of a job's output."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt, ModelFlags, SetOpt
from retailctl.cli.views.release import registered
from retailctl.workflows.register import RegisterRequest
from retailctl.workflows.register import register as register_model

app = verb()


@command(app, ModelFlags)
def register(
    cli: Invocation,
    job: Annotated[
        str | None, typer.Option(help="The job; by default the last that train submitted.", metavar="NAME")
    ] = None,
    sets: SetOpt = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Register a model version from a job's output.

    Its tags say where it comes from: job, data, git revision and the figures of its backtest.

    Examples:
      retailctl register
      retailctl register --job retail-train-20260101-120000-3f9a1c
      retailctl register --model-name retail-forecast-eu --dry-run
    """
    result = cli.run(register_model, RegisterRequest(job, tuple(sets or ()), dry_run))
    cli.out.result(result, registered, name=lambda done: done.model or "")
    cli.out.next(result.next)
