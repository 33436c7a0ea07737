"""Endpoints as a noun: list, show, delete, take a slot away, hand out and renew credentials."""

from __future__ import annotations

from dataclasses import dataclass, field

from retailctl.azureml.endpoints import KeyKind
from retailctl.domain.resources import AccessToken, Deployment, Endpoint, Keys
from retailctl.domain.slots import other_slot
from retailctl.errors import WrongState
from retailctl.workflows.catalogue.change import AssetChange
from retailctl.workflows.events import Underway
from retailctl.workflows.split import slots_of, way_back
from retailctl.workflows.toolbox import Toolbox, step


@dataclass(frozen=True)
class EndpointDetail:
    """An endpoint with its slots."""

    endpoint: Endpoint
    slots: tuple[Deployment, ...]


@dataclass(frozen=True)
class DeleteEndpoint:
    """``force`` deletes one that takes traffic, too."""

    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class DeleteSlot:
    """``force`` takes away the slot that ``rollback`` would return to, too."""

    slot: str
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Credentials:
    """What callers of an endpoint show; secret, so only :meth:`revealed` gives it away."""

    endpoint: str
    auth_mode: str
    keys: Keys | None = field(default=None, repr=False)
    token: AccessToken | None = field(default=None, repr=False)

    def revealed(self) -> dict[str, str | None]:
        """The secrets, named as ``az ml online-endpoint get-credentials`` names them."""
        if self.keys:
            return {"primaryKey": self.keys.primary, "secondaryKey": self.keys.secondary}
        assert self.token
        ends = self.token.expires_at
        return {"accessToken": self.token.token, "expiryTimeUtc": ends.isoformat() if ends else None}


@dataclass(frozen=True)
class KeyChange:
    """Which key was replaced; ``planned`` says that it was not."""

    endpoint: str
    key: KeyKind
    planned: bool = False


def list_endpoints(tools: Toolbox) -> tuple[Endpoint, ...]:
    """Every endpoint of the workspace."""
    return tuple(tools.workspace.endpoints.list())


def show_endpoint(tools: Toolbox) -> EndpointDetail:
    """The endpoint of the settings, with its slots.

    Raises:
        ResourceNotFound: there is none of that name.
    """
    name = tools.settings.endpoint_name
    endpoint = tools.workspace.endpoints.get(name)
    return EndpointDetail(endpoint, tuple(tools.workspace.deployments.list(name)))


def delete_endpoint(tools: Toolbox, request: DeleteEndpoint) -> AssetChange:
    """Delete the endpoint of the settings with its slots, and wait until it is gone.

    Raises:
        WrongState: it takes traffic, and ``force`` was not said.
        ResourceNotFound: there is none of that name.
    """
    name = tools.settings.endpoint_name
    endpoint = tools.workspace.endpoints.get(name)
    if endpoint.traffic.live and not request.force:
        raise WrongState(
            f"endpoint '{name}' takes traffic ({endpoint.traffic.text()})",
            reason="its callers would get no answer any more",
            hint="the same line with --force, if that is what you want",
        )
    if request.dry_run:
        return AssetChange("endpoint", name, "deleted", planned=True)
    with step(tools, "delete", f"Deleting endpoint {name}") as deleting:
        tools.tell(Underway(f"the deletion of endpoint {name}", "retailctl endpoint list"))
        tools.workspace.endpoints.delete(name)
        deleting.text = f"Deleted endpoint {name}"
    return AssetChange("endpoint", name, "deleted")


def delete_slot(tools: Toolbox, request: DeleteSlot) -> AssetChange:
    """Take a slot without traffic away, and wait until it is gone.

    Raises:
        WrongState: it takes traffic or copies of it, or ``rollback`` returns to it and ``force`` was not said.
        ResourceNotFound: there is no such endpoint or slot.
    """
    name, slot = tools.settings.endpoint_name, request.slot
    endpoint = tools.workspace.endpoints.get(name)
    tools.workspace.deployments.get(name, slot)
    _refuse_live(endpoint, slot)
    if slot in slots_of(way_back(endpoint)) and not request.force:
        raise WrongState(
            f"slot '{slot}' is what rollback returns to",
            reason="without it there is no way back from the present split",
            hint="the same line with --force, if you need no way back",
        )
    if request.dry_run:
        return AssetChange("slot", f"{name}/{slot}", "deleted", planned=True)
    with step(tools, "delete", f"Deleting slot {slot}") as deleting:
        tools.tell(Underway(f"the deletion of slot {slot}", "retailctl status"))
        tools.workspace.deployments.delete(name, slot)
        deleting.text = f"Deleted slot {slot}"
    return AssetChange("slot", f"{name}/{slot}", "deleted")


def _refuse_live(endpoint: Endpoint, slot: str) -> None:
    if endpoint.traffic.get(slot):
        other = other_slot(slot)
        raise WrongState(
            f"slot '{slot}' takes {endpoint.traffic[slot]} % of the traffic",
            hint=f"retailctl traffic {other}=100 {slot}=0",
        )
    if endpoint.mirror.get(slot):
        raise WrongState(
            f"{endpoint.mirror[slot]} % of the traffic is mirrored to slot '{slot}'",
            hint=f"retailctl traffic --mirror {slot}=0",
        )


def get_credentials(tools: Toolbox) -> Credentials:
    """The keys or the token of the endpoint of the settings.

    Raises:
        WrongState: its callers log in to Entra themselves.
    """
    name = tools.settings.endpoint_name
    endpoint = tools.workspace.endpoints.get(name)
    if endpoint.auth_mode == "key":
        return Credentials(name, endpoint.auth_mode, keys=tools.workspace.endpoints.keys(name))
    if endpoint.auth_mode == "aml_token":
        return Credentials(name, endpoint.auth_mode, token=tools.workspace.endpoints.token(name))
    resource = tools.workspace.connection.cloud.aml_resource_id
    raise WrongState(
        f"endpoint '{name}' has no credentials of its own: its callers show a token of Entra",
        hint=f"az account get-access-token --resource {resource}",
    )


def regenerate_key(tools: Toolbox, which: KeyKind, *, dry_run: bool = False) -> KeyChange:
    """Replace one key of the endpoint of the settings; callers that show the other one notice nothing.

    Raises:
        WrongState: the endpoint has no keys.
    """
    name = tools.settings.endpoint_name
    endpoint = tools.workspace.endpoints.get(name)
    if endpoint.auth_mode != "key":
        raise WrongState(
            f"endpoint '{name}' has no keys: its auth_mode is {endpoint.auth_mode}",
            hint="retailctl endpoint get-credentials",
        )
    if not dry_run:
        tools.workspace.endpoints.regenerate_key(name, which)
    return KeyChange(name, which, dry_run)
