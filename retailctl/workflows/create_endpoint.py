"""Create the online endpoint: an address with keys, which takes no traffic until slots are deployed to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.domain.resources import Endpoint
from retailctl.domain.slots import BLUE
from retailctl.errors import AlreadyExists, InvalidInput
from retailctl.workflows.documents import Rendered, render_document
from retailctl.workflows.events import Underway
from retailctl.workflows.toolbox import Toolbox, step


@dataclass(frozen=True)
class CreateEndpoint:
    """``sets`` overrides fields of the endpoint's YAML; the name is the settings'."""

    sets: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True)
class CreatedEndpoint:
    """The endpoint; ``outcome`` is created, unchanged (it was there) or planned."""

    name: str
    outcome: str
    auth_mode: str
    scoring_uri: str | None
    file: Path
    """The rendered endpoint, which ``az ml online-endpoint create --file`` takes as well."""
    planned: bool
    next: str


def create_endpoint(tools: Toolbox, request: CreateEndpoint) -> CreatedEndpoint:
    """Create the endpoint of the settings; one that is there with the same way to log in stays as it is.

    Raises:
        InvalidTemplate: the template, or what it renders, is wrong.
        InvalidInput: an override that an endpoint cannot take, or one of its name.
        AlreadyExists: there is one whose callers log in in another way.
    """
    document = _rendered(tools, request.sets)
    auth_mode = str(document.document.get("auth_mode"))
    present = tools.workspace.endpoints.find(tools.settings.endpoint_name)
    if present:
        _require_same(present, auth_mode)
        return _result(tools, request, document, present, "unchanged")
    if request.dry_run:
        return _result(tools, request, document, None, "planned")
    return _result(tools, request, document, _create(tools, document), "created")


def bring_up_endpoint(tools: Toolbox) -> Endpoint:
    """Create the endpoint of the settings, which is known not to be there."""
    return _create(tools, _rendered(tools, ()))


def _rendered(tools: Toolbox, sets: tuple[str, ...]) -> Rendered:
    name = tools.settings.endpoint_name
    variables = {"endpoint_name": name, "profile": tools.settings.profile}
    document = render_document(tools, "endpoint", variables, sets=sets, file_name=f"endpoints/{name}.yml")
    if document.document.get("name") != name:
        raise InvalidInput(
            f"the endpoint would be named {document.document.get('name')}, and {name} was asked for",
            hint="use --endpoint instead of --set name, and [[ endpoint_name ]] in the template",
        )
    return document


def _create(tools: Toolbox, document: Rendered) -> Endpoint:
    name = tools.settings.endpoint_name
    with step(tools, "endpoint", f"Creating endpoint {name}") as creating:
        tools.tell(Underway(f"the creation of endpoint {name}", "retailctl status"))
        endpoint = tools.workspace.endpoints.create(document.file)
        creating.text = f"Created endpoint {name}"
    return endpoint


def _require_same(present: Endpoint, auth_mode: str) -> None:
    if present.auth_mode != auth_mode:
        raise AlreadyExists(
            f"endpoint '{present.name}' is there already, with auth_mode {present.auth_mode}",
            reason=f"{auth_mode} was asked for, and Azure ML does not change it",
            hint="retailctl endpoint show, or choose another name with --endpoint",
        )


def _result(
    tools: Toolbox, request: CreateEndpoint, document: Rendered, endpoint: Endpoint | None, outcome: str
) -> CreatedEndpoint:
    following = {
        "created": tools.line("deploy", slot=BLUE),
        "unchanged": tools.line("status"),
        "planned": tools.line("endpoint", "create", set=request.sets),
    }
    return CreatedEndpoint(
        name=tools.settings.endpoint_name,
        outcome=outcome,
        auth_mode=str(document.document.get("auth_mode")),
        scoring_uri=endpoint.scoring_uri if endpoint else None,
        file=document.file,
        planned=request.dry_run,
        next=following[outcome],
    )
