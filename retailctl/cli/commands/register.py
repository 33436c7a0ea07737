"""``retailctl register``: a model version of a job's output."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import ChampionOpt, ConfidenceOpt, DryRunOpt, EndpointFlags, ModelFlags, SetOpt
from retailctl.cli.views.release import registered
from retailctl.domain.comparison import DEFAULT_CONFIDENCE
from retailctl.workflows.register import RegisterRequest
from retailctl.workflows.register import register as register_model
from retailctl.workflows.trial import Terms

app = verb()


@command(app, ModelFlags, EndpointFlags)
def register(
    cli: Invocation,
    job: Annotated[
        str | None, typer.Option(help="The job; by default the last that train submitted.", metavar="NAME")
    ] = None,
    sets: SetOpt = None,
    champion: ChampionOpt = None,
    confidence: ConfidenceOpt = DEFAULT_CONFIDENCE,
    force: Annotated[bool, typer.Option("--force", help="Register also what is not better than --champion.")] = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Register a model version from a job's output.

    Its tags say where it comes from: job, data, git revision and the figures of its backtest. With --champion it is
    compared first, as by job compare; it ends with 9 or 11, and registers nothing, when the job's model is not better.

    Examples:
      retailctl register --champion live
      retailctl register --job retail-train-20260101-120000-3f9a1c
      retailctl register --model-name retail-forecast-eu --dry-run
    """
    result = cli.run(
        register_model, RegisterRequest(job, tuple(sets or ()), dry_run, Terms(champion, confidence, force))
    )
    cli.out.result(result, registered, name=lambda done: done.model or "")
    cli.out.next(result.next)
