"""``retailctl data``: data assets, and sample data."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.children import run_module
from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import ArchivedOpt, AssetNameOpt, DryRunOpt, LimitOpt, choice
from retailctl.cli.table import Block, Cell, Fields
from retailctl.cli.views.assets import asset_change, asset_list, change_name
from retailctl.domain.resources import DataVersion
from retailctl.workflows.catalogue.data import (
    ListData,
    RegisterData,
    archive_data,
    list_data,
    plan_data,
    register_data,
    show_data,
)

app = noun("data")

DataArg = Annotated[str, typer.Argument(help="The data version.", metavar="NAME:VERSION")]


@dataclass(frozen=True)
class Sample:
    """Sample data that was written."""

    folder: Path
    files: tuple[str, ...]
    said: str


@command(app, name="list")
def list_(cli: Invocation, name: AssetNameOpt = None, archived: ArchivedOpt = False, limit: LimitOpt = 30) -> None:
    """List data versions, the newest first.

    Examples:
      retailctl data list
      retailctl data list --name retail-sales -o json
    """
    page = cli.run(list_data, ListData(name, archived, limit))
    cli.out.result(page.data, asset_list("DATA"))
    cli.out.more(page.more, limit)


@command(app)
def show(cli: Invocation, data: DataArg) -> None:
    """Show a data version.

    Examples:
      retailctl data show retail-sales:1
      retailctl data show retail-sales:1 -o json --query path
    """
    cli.out.result(cli.run(show_data, data), _data)


@command(app)
def create(
    cli: Invocation,
    path: Annotated[str, typer.Argument(help="Folder, file, or an address the workspace can read.", metavar="PATH")],
    name: Annotated[str, typer.Option("--name", "-n", help="Name of the data asset.", metavar="NAME")],
    version: Annotated[str | None, typer.Option(help="Its version; by default the next number.", metavar="N")] = None,
    description: Annotated[str | None, typer.Option(help="What it is.", metavar="TEXT")] = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Register a folder or file as a data asset, uploading what is on this machine.

    Examples:
      retailctl data create data --name retail-sales
      retailctl data create azureml://datastores/sales/paths/2026/ -n retail-sales --version 3
    """
    request = RegisterData(name, path, version, description)
    if dry_run:
        cli.out.result(cli.run(plan_data, request), asset_change, name=change_name)
        return
    made = cli.run(register_data, request)
    cli.out.result(made, _data)
    cli.out.next(cli.tools.line("train", data=f"azureml:{made.name}:{made.version}"))


@command(app)
def archive(cli: Invocation, data: DataArg, dry_run: DryRunOpt = False) -> None:
    """Hide a data version; what uses it goes on.

    Examples:
      retailctl data archive retail-sales:1
      retailctl data archive retail-sales:1 -o json
    """
    cli.out.result(cli.run(archive_data, data, dry_run=dry_run), asset_change, name=change_name)


@command(app, workspace=False)
def sample(
    cli: Invocation,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.", metavar="DIR")] = Path("data"),
    stores: Annotated[int | None, typer.Option(help="Stores.", metavar="N")] = None,
    items: Annotated[int | None, typer.Option(help="Items in each store.", metavar="N")] = None,
    days: Annotated[int | None, typer.Option(help="Days of known sales.", metavar="N")] = None,
    future: Annotated[int | None, typer.Option(help="Days to forecast.", metavar="N")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same rows.", metavar="N")] = None,
    form: Annotated[
        str | None, choice("--format", of=("parquet", "csv"), metavar="FORM", help="Form of the files.")
    ] = None,
) -> None:
    """Write believable sample data: seasons, holidays, promotions, new and discontinued items.

    Examples:
      retailctl data sample
      retailctl data sample --out data --stores 5 --items 100 --days 1000
      retailctl data sample --out csv --format csv --seed 1
    """
    sizes = {"stores": stores, "items": items, "days": days, "future": future, "seed": seed, "format": form}
    options = [word for name, value in sizes.items() if value is not None for word in (f"--{name}", str(value))]
    other = "the same line with --out DIR"
    said = run_module(cli, "training.datasets.sample", "--out", str(out), *options, hint=other)
    files = tuple(sorted(file.name for file in out.iterdir() if file.is_file()))
    cli.out.result(Sample(out, files, said), lambda done: [done.said], name=lambda done: str(done.folder))
    cli.out.next(shlex.join(["retailctl", "release", "--data", str(out)]))


def _data(data: DataVersion) -> list[Block]:
    return [
        Fields(
            [
                ("data", Cell(f"{data.name}:{data.version}", "bold")),
                ("type", data.type),
                ("path", data.path),
                ("created", data.created_at),
                ("archived", data.archived),
                *data.tags.items(),
            ]
        )
    ]
