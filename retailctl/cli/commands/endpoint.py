"""``retailctl endpoint``: online endpoints and their keys."""

from typing import Annotated, cast

import typer

from retailctl.azureml.endpoints import KeyKind
from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import DryRunOpt, EndpointFlags, SetOpt, SlotOpt, YesOpt, choice
from retailctl.cli.table import Fields
from retailctl.cli.views.assets import asset_change, change_name
from retailctl.cli.views.endpoint import endpoint_created, endpoint_detail, endpoint_facts, endpoint_list
from retailctl.workflows.catalogue.endpoints import (
    DeleteEndpoint,
    DeleteSlot,
    KeyChange,
    delete_endpoint,
    delete_slot,
    get_credentials,
    list_endpoints,
    regenerate_key,
    show_endpoint,
)

app = noun("endpoint")

EndpointArg = Annotated[
    str | None, typer.Argument(help="The endpoint; by default that of the settings.", metavar="NAME")
]


@command(app, name="list")
def list_(cli: Invocation) -> None:
    """List the workspace's endpoints.

    Examples:
      retailctl endpoint list
      retailctl endpoint list -o json --query '[].name'
    """
    cli.out.result(cli.run(list_endpoints), endpoint_list)


@command(app, EndpointFlags)
def show(cli: Invocation, name: EndpointArg = None) -> None:
    """Show an endpoint with its slots.

    Examples:
      retailctl endpoint show
      retailctl endpoint show retail-forecast-endpoint -o json --query scoring_uri
    """
    cli.choose(endpoint_name=name)
    detail = cli.run(show_endpoint)
    cli.out.result(endpoint_facts(detail), lambda _: endpoint_detail(detail))


@command(app, EndpointFlags)
def create(cli: Invocation, name: EndpointArg = None, sets: SetOpt = None, dry_run: DryRunOpt = False) -> None:
    """Create an endpoint, which takes no traffic until slots are deployed to it.

    One that is there already stays as it is. retailctl deploy creates it by itself, when there is none.

    Examples:
      retailctl endpoint create
      retailctl endpoint create retail-forecast-eu --set auth_mode=aml_token --dry-run
    """
    # Not at the top: templates take longer to load than a look at an endpoint takes altogether.
    from retailctl.workflows.create_endpoint import CreateEndpoint, create_endpoint

    cli.choose(endpoint_name=name)
    result = cli.run(create_endpoint, CreateEndpoint(tuple(sets or ()), dry_run))
    cli.out.result(result, endpoint_created)
    cli.out.next(result.next)


@command(app, EndpointFlags)
def delete(
    cli: Invocation,
    name: EndpointArg = None,
    slot: SlotOpt = None,
    force: Annotated[bool, typer.Option("--force", help="Even if callers, or rollback, need it.")] = False,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Delete an endpoint with its slots, or one slot of it.

    An endpoint that takes traffic, and the slot that rollback returns to, want --force as well.

    Examples:
      retailctl endpoint delete old-endpoint
      retailctl endpoint delete --slot blue --yes
    """
    cli.choose(endpoint_name=name)
    what = cli.settings.endpoint_name
    if slot:
        cli.out.confirm(f"Delete slot {slot} of endpoint {what}?", yes=yes or dry_run)
        change = cli.run(delete_slot, DeleteSlot(slot, force, dry_run))
    else:
        cli.out.confirm(f"Delete endpoint {what} with all its slots?", yes=yes or dry_run)
        change = cli.run(delete_endpoint, DeleteEndpoint(force, dry_run))
    cli.out.result(change, asset_change, name=change_name)


@command(app, EndpointFlags, name="get-credentials")
def get_credentials_(cli: Invocation, name: EndpointArg = None) -> None:
    """Print what callers of an endpoint show: its keys, or a token.

    Examples:
      retailctl endpoint get-credentials
      retailctl endpoint get-credentials -o tsv --query primaryKey
    """
    cli.choose(endpoint_name=name)
    credentials = cli.run(get_credentials)
    cli.out.result(credentials.revealed(), lambda shown: [Fields(list(shown.items()))])


@command(app, EndpointFlags, name="regenerate-keys")
def regenerate_keys(
    cli: Invocation,
    name: EndpointArg = None,
    key: Annotated[
        str, choice("--key-type", of=("primary", "secondary"), metavar="WHICH", help="The key to replace.")
    ] = "primary",
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Replace one of an endpoint's keys; the other goes on working.

    Examples:
      retailctl endpoint regenerate-keys --key-type secondary
      retailctl endpoint regenerate-keys --key-type primary --yes
    """
    cli.choose(endpoint_name=name)
    cli.out.confirm(f"Replace the {key} key of endpoint {cli.settings.endpoint_name}?", yes=yes or dry_run)
    change = cli.run(regenerate_key, cast(KeyKind, key), dry_run=dry_run)
    cli.out.result(change, _regenerated)
    cli.out.next(cli.tools.line("endpoint", "get-credentials"))


def _regenerated(change: KeyChange) -> list[str]:
    return [f"{'Would replace' if change.planned else 'Replaced'} the {change.key} key of {change.endpoint}."]
