"""``retailctl model``: registered models."""

from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import ArchivedOpt, AssetNameOpt, DirectoryOpt, DryRunOpt, LimitOpt, YesOpt
from retailctl.cli.views.assets import asset_change, asset_list, change_name, downloaded, model_detail, model_facts
from retailctl.workflows.catalogue.models import (
    DownloadModel,
    ListModels,
    archive_model,
    delete_model,
    download_model,
    list_models,
    restore_model,
    show_model,
)

app = noun("model")

ModelArg = Annotated[str, typer.Argument(help="The model version.", metavar="NAME:VERSION")]


@command(app, name="list")
def list_(cli: Invocation, name: AssetNameOpt = None, archived: ArchivedOpt = False, limit: LimitOpt = 30) -> None:
    """List model versions, the highest first.

    Examples:
      retailctl model list
      retailctl model list --name retail-forecast --archived
      retailctl model list -o json --query '[0].version'
    """
    page = cli.run(list_models, ListModels(name, archived, limit))
    cli.out.result(page.models, asset_list("MODEL"))
    cli.out.more(page.more, limit)


@command(app)
def show(
    cli: Invocation,
    model: Annotated[str, typer.Argument(help="The model; without a version, the highest.", metavar="NAME[:VERSION]")],
) -> None:
    """Show a model version: its figures, where it comes from, which slots serve it.

    Examples:
      retailctl model show retail-forecast:7
      retailctl model show retail-forecast -o json --query metrics
    """
    detail = cli.run(show_model, model)
    cli.out.result(model_facts(detail), lambda _: model_detail(detail))


@command(app)
def archive(cli: Invocation, model: ModelArg, dry_run: DryRunOpt = False) -> None:
    """Hide a model version; slots that serve it go on.

    Examples:
      retailctl model archive retail-forecast:3
      retailctl model archive retail-forecast:3 -o json
    """
    cli.out.result(cli.run(archive_model, model, dry_run=dry_run), asset_change, name=change_name)


@command(app)
def restore(cli: Invocation, model: ModelArg, dry_run: DryRunOpt = False) -> None:
    """Show an archived model version again.

    Examples:
      retailctl model restore retail-forecast:3
      retailctl model restore retail-forecast:3 -o json
    """
    cli.out.result(cli.run(restore_model, model, dry_run=dry_run), asset_change, name=change_name)


@command(app)
def delete(cli: Invocation, model: ModelArg, dry_run: DryRunOpt = False, yes: YesOpt = False) -> None:
    """Delete a model version for good; one that a slot serves is kept.

    Examples:
      retailctl model delete retail-forecast:3
      retailctl model delete retail-forecast:3 --yes
      retailctl model delete retail-forecast:3 --dry-run
    """
    cli.out.confirm(f"Delete model {model} for good?", yes=yes or dry_run)
    cli.out.result(cli.run(delete_model, model, dry_run=dry_run), asset_change, name=change_name)


@command(app)
def download(
    cli: Invocation,
    model: Annotated[str, typer.Argument(help="The model; without a version, the highest.", metavar="NAME[:VERSION]")],
    to: DirectoryOpt = Path(),
) -> None:
    """Download a model version's files.

    Examples:
      retailctl model download retail-forecast:7
      retailctl model download retail-forecast --download-path models
    """
    cli.out.result(cli.run(download_model, DownloadModel(model, to)), downloaded)
