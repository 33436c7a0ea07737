"""``retailctl env``: environments of jobs and slots."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import ArchivedOpt, AssetNameOpt, DryRunOpt, LimitOpt, YesOpt
from retailctl.cli.views.assets import asset_change, asset_list, change_name, environment_detail, environment_facts
from retailctl.workflows.catalogue.environments import (
    ListEnvironments,
    archive_environment,
    delete_environment,
    list_environments,
    restore_environment,
    show_environment,
)

app = noun("env")

EnvArg = Annotated[str, typer.Argument(help="The environment version.", metavar="NAME:VERSION")]


@command(app, name="list")
def list_(cli: Invocation, name: AssetNameOpt = None, archived: ArchivedOpt = False, limit: LimitOpt = 30) -> None:
    """List environment versions, the newest first.

    Examples:
      retailctl env list
      retailctl env list --name retail-train -o json
    """
    page = cli.run(list_environments, ListEnvironments(name, archived, limit))
    cli.out.result(page.environments, asset_list("ENVIRONMENT"))
    cli.out.more(page.more, limit)


@command(app)
def show(cli: Invocation, environment: EnvArg) -> None:
    """Show an environment version, and which slots run in it.

    Examples:
      retailctl env show retail-train:2
      retailctl env show retail-train:2 -o json --query image
    """
    detail = cli.run(show_environment, environment)
    cli.out.result(environment_facts(detail), lambda _: environment_detail(detail))


@command(app)
def archive(cli: Invocation, environment: EnvArg, dry_run: DryRunOpt = False) -> None:
    """Hide an environment version; what uses it goes on.

    Examples:
      retailctl env archive retail-train:2
      retailctl env archive retail-train:2 -o json
    """
    cli.out.result(cli.run(archive_environment, environment, dry_run=dry_run), asset_change, name=change_name)


@command(app)
def restore(cli: Invocation, environment: EnvArg, dry_run: DryRunOpt = False) -> None:
    """Show an archived environment version again.

    Examples:
      retailctl env restore retail-train:2
      retailctl env restore retail-train:2 -o json
    """
    cli.out.result(cli.run(restore_environment, environment, dry_run=dry_run), asset_change, name=change_name)


@command(app)
def delete(cli: Invocation, environment: EnvArg, dry_run: DryRunOpt = False, yes: YesOpt = False) -> None:
    """Delete an environment version for good; one that a slot runs in is kept.

    Examples:
      retailctl env delete retail-train:2
      retailctl env delete retail-train:2 --yes
    """
    cli.out.confirm(f"Delete environment {environment} for good?", yes=yes or dry_run)
    cli.out.result(cli.run(delete_environment, environment, dry_run=dry_run), asset_change, name=change_name)
