"""Looking at something again and again: a screen that is redrawn on a terminal, one result after another elsewhere."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from retailctl.cli.context import Invocation
from retailctl.cli.table import Block
from retailctl.workflows.toolbox import Toolbox

Request = TypeVar("Request")
Result = TypeVar("Result")
_HOME_AND_CLEAR = "\x1b[H\x1b[2J"


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
    screen = cli.out.for_people and cli.out.width is not None
    while True:
        result = cli.run(workflow, request)
        if cli.out.mode == "json":
            cli.out.record(result)
        else:
            if screen:
                cli.out.write(_HOME_AND_CLEAR)
            cli.out.result(result, view)
            if cli.out.for_people:
                cli.out.blocks([f"{clock.now():%H:%M:%S} UTC, every {interval_s:g}s; Ctrl-C ends it"])
        clock.sleep(interval_s)
