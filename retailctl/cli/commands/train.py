"""``retailctl train``: submit the training job and follow it."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import (
    ChampionOpt,
    DryRunOpt,
    EndpointFlags,
    ModelFlags,
    SetOpt,
    TimeoutOpt,
    TrainFlags,
    WaitOpt,
    seconds,
)
from retailctl.cli.views.release import trained
from retailctl.workflows.train import TrainRequest
from retailctl.workflows.train import train as train_model

app = verb()


@command(app, TrainFlags, ModelFlags, EndpointFlags)
def train(
    cli: Invocation,
    sets: SetOpt = None,
    image: Annotated[
        str | None, typer.Option(help="Training image, instead of the project's own.", metavar="IMAGE")
    ] = None,
    wait: WaitOpt = True,
    timeout: TimeoutOpt = None,
    champion: ChampionOpt = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Submit the training job and follow it.

    It ends with 0 when the job completed and with 9 when it did not, after its last log lines. --set takes a field of
    the job's YAML, or an option of training/train.py. With --champion the backtest has that model's windows, whatever
    day the data ends on, so that job compare can decide between the two; --set backtest_end moves them on.

    Examples:
      retailctl train --data data
      retailctl train --data azureml:sales:3 --compute gpu-cluster --no-wait
      retailctl train --data data --champion live
    """
    request = TrainRequest(tuple(sets or ()), image, wait, seconds(timeout), dry_run, champion)
    result = cli.run(train_model, request)
    cli.out.result(result, trained, name=lambda done: done.job or "")
    cli.out.next(result.next)
