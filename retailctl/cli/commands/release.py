"""``retailctl release``: every step, in order."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import (
    ChampionOpt,
    DryRunOpt,
    EndpointFlags,
    InstanceFlags,
    ModelFlags,
    SetOpt,
    TimeoutOpt,
    TrainFlags,
    choice,
    seconds,
)
from retailctl.cli.views.release import released
from retailctl.workflows.release import STEPS, ReleaseRequest
from retailctl.workflows.release import release as release_model

app = verb()


@command(app, TrainFlags, InstanceFlags, ModelFlags, EndpointFlags)
def release(
    cli: Invocation,
    from_step: Annotated[
        str | None, choice("--from", of=STEPS, metavar="STEP", help="Begin with this step, on what there is.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Carry on with what the last release left.")] = False,
    sets: SetOpt = None,
    train_image: Annotated[str | None, typer.Option(help="Training image.", metavar="IMAGE")] = None,
    infer_image: Annotated[str | None, typer.Option(help="Inference image.", metavar="IMAGE")] = None,
    timeout: TimeoutOpt = None,
    champion: ChampionOpt = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Build, train, register, deploy, test and shift, in order.

    It goes to the slot without traffic, and sends it all traffic once it has answered its smoke test. With --champion
    it trains over that model's windows, and goes on only with a better one: else it ends with 9 or 11, as job compare.

    Examples:
      retailctl release --data data
      retailctl release --data data --champion live
      retailctl release --from deploy
    """
    request = ReleaseRequest(
        from_step, resume, tuple(sets or ()), train_image, infer_image, dry_run, seconds(timeout), champion
    )
    result = cli.run(release_model, request)
    cli.out.result(result, released, name=lambda done: done.model or done.slot)
    cli.out.next(result.next)
