"""``retailctl init``: a project to edit."""

from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt
from retailctl.cli.table import Block, Fields
from retailctl.workflows.initialise import InitRequest, InitResult, initialise

app = verb()


@command(app, workspace=False)
def init(
    cli: Invocation,
    folder: Annotated[Path, typer.Argument(help="The project's folder.", metavar="DIR", show_default=False)] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ.")] = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Make a project: retailctl.toml, templates and code to edit.

    Without a project retailctl works as well, with the templates, training and serving that it carries.

    Examples:
      retailctl init shop
      retailctl init . --dry-run
    """
    result = cli.run(initialise, InitRequest(folder, force, dry_run))
    cli.out.result(result, _written, name=lambda done: str(done.folder))
    cli.out.next(result.next)


def _written(result: InitResult) -> list[Block]:
    would = "would write" if result.planned else "written"
    pairs: list[tuple[str, object]] = [("folder", result.folder), (would, f"{len(result.written)} files")]
    if result.kept:
        pairs.append(("kept", f"{len(result.kept)} files, the same already"))
    if result.replaced:
        pairs.append(("replaced", "\n".join(result.replaced)))
    return [Fields(pairs)]
