"""``retailctl compute``: compute clusters."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.domain.names import check_name
from retailctl.domain.resources import Compute
from retailctl.workflows.catalogue.computes import list_computes, show_compute

app = noun("compute")


@command(app, name="list")
def list_(cli: Invocation) -> None:
    """List the workspace's compute clusters.

    Examples:
      retailctl compute list
      retailctl compute list -o json --query '[].name'
    """
    cli.out.result(cli.run(list_computes), _computes)


@command(app)
def show(cli: Invocation, name: Annotated[str, typer.Argument(help="The cluster.", metavar="NAME")]) -> None:
    """Show a compute cluster.

    Examples:
      retailctl compute show cpu-cluster
      retailctl compute show cpu-cluster -o json --query max_nodes
    """
    cli.out.result(cli.run(show_compute, check_name("compute", name)), _compute)


def _computes(computes: tuple[Compute, ...]) -> list[Block]:
    rows = [
        (each.name, Cell(each.state, state_style(each.state)), each.type, each.size, _nodes(each), each.tier)
        for each in computes
    ]
    return [Table(("NAME", "STATE", "TYPE", "SIZE", "NODES", "TIER"), rows, empty="the workspace has no compute")]


def _nodes(compute: Compute) -> str | None:
    return None if compute.max_nodes is None else f"{compute.min_nodes or 0}-{compute.max_nodes}"


def _compute(compute: Compute) -> list[Block]:
    return [
        Fields(
            [
                ("name", Cell(compute.name, "bold")),
                ("state", Cell(compute.state, state_style(compute.state))),
                ("type", compute.type),
                ("size", compute.size),
                ("nodes", _nodes(compute)),
                ("tier", compute.tier),
            ]
        )
    ]
