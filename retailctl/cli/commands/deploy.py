"""``retailctl deploy``: bring a slot up to a model version, without traffic."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import (
    EndpointFlags,
    ExitCodeOpt,
    InstanceFlags,
    ModelFlags,
    SetOpt,
    TimeoutOpt,
    seconds,
)
from retailctl.cli.views.release import deployed
from retailctl.workflows.deploy import DeployRequest
from retailctl.workflows.deploy import deploy as deploy_slot

app = verb()


@command(app, InstanceFlags, ModelFlags, EndpointFlags)
def deploy(
    cli: Invocation,
    slot: Annotated[
        str, typer.Option(help="The slot: blue or green.", metavar="SLOT", autocompletion=lambda: ["blue", "green"])
    ],
    model: Annotated[
        str | None, typer.Option(help="Model version; by default the highest.", metavar="NAME:VERSION")
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="Inference image, instead of the project's own.", metavar="IMAGE")
    ] = None,
    sets: SetOpt = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the slot even while it takes traffic.")] = False,
    smoke: Annotated[bool, typer.Option("--smoke-test/--no-smoke-test", help="Ask the slot for a forecast.")] = True,
    preflight: Annotated[
        bool, typer.Option("--preflight/--no-preflight", help="Run the image here first, where Docker holds it.")
    ] = True,
    timeout: TimeoutOpt = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "--plan", help="Show what would change; send nothing.")] = False,
    exit_code: ExitCodeOpt = False,
) -> None:
    """Create or update a slot without traffic, and test it.

    The other slot's traffic stays as it is. A slot that has exactly this already is left alone. Where Docker holds the
    image, it is first run here as Azure would run it.

    Examples:
      retailctl deploy --slot green
      retailctl deploy --slot green --model retail-forecast:7 --plan
      retailctl deploy --slot blue --set instance_count=2 --timeout 30m
    """
    request = DeployRequest(slot, model, image, tuple(sets or ()), force, smoke, dry_run, seconds(timeout), preflight)
    result = cli.run(deploy_slot, request)
    cli.out.result(result, deployed, name=lambda done: done.slot)
    cli.out.next(result.next)
    cli.finish(would_change=result.planned and result.outcome != "unchanged", asked=exit_code)
