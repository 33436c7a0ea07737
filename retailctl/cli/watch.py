"""Looking at something again and again: a screen that is redrawn on a terminal, one result after another elsewhere."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from retailctl.cli.context import Invocation
from retailctl.cli.table import Block
from retailctl.workflows.toolbox import Toolbox

Request = TypeVar("Request")
Result = TypeVar("Result")


def watch_result(
    cli: Invocation,
    workflow: Callable[[Toolbox, Request], Result],
    request: Request,
    view: Callable[[Result], Iterable[Block]],
    *,
    interval_s: float,
) -> None:
    """Show the workflow's result every ``interval_s`` seconds until Ctrl-C; in JSON, one line each."""
    clock = cli.runtime.clock()
    while True:
        result = cli.run(workflow, request)
        if cli.out.mode in ("json", "yaml"):
            cli.out.record(result)
        elif cli.out.for_people and cli.out.width is not None:
            seen = f"{clock.now():%H:%M:%S} UTC, every {interval_s:g}s; Ctrl-C ends it"
            cli.out.screen([*view(result), "", seen])
        else:
            cli.out.result(result, view)
        clock.sleep(interval_s)
