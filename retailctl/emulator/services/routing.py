"""The router's table, computed from what is stored and which instances are ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.durations import seconds
from retailctl.emulator.router.table import AuthMode, Credential, EndpointRoute, RouteTable, SlotRoute
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.identity import Identity
from retailctl.emulator.states.endpoint import DELETING
from retailctl.emulator.store.resources import Record

Addresses = Mapping[tuple[str, str], tuple[str, ...]]

_AUTH_MODES: Mapping[str, AuthMode] = {"Key": "key", "AMLToken": "aml_token", "AADToken": "aad_token"}


def token_purpose(endpoint: str) -> str:
    """Under which purpose an endpoint's own tokens are issued."""
    return f"endpoint:{endpoint.lower()}"


def route_table(context: Context, identity: Identity, addresses: Addresses) -> RouteTable:
    """Every endpoint that is not being deleted, with its split, its callers and its ready instances."""
    return RouteTable(
        {
            record.name: _endpoint(context, identity, record, addresses)
            for record in context.resources.list("endpoint")
            if record.body["properties"]["provisioningState"] != DELETING
        }
    )


def _endpoint(context: Context, identity: Identity, record: Record, addresses: Addresses) -> EndpointRoute:
    properties = record.body["properties"]
    mode = _AUTH_MODES[properties["authMode"]]
    deployments = context.resources.list("deployment", record.name)
    names = {deployment.name.lower(): deployment.name for deployment in deployments}
    return EndpointRoute(
        auth_mode=mode,
        credentials=_credentials(context, identity, record, mode),
        weights=_by_deployment(properties.get("traffic"), names),
        mirror=_by_deployment(properties.get("mirrorTraffic"), names),
        slots={
            each.name: _slot(serving, addresses.get((record.name, each.name), ()))
            for each in deployments
            for serving in (each.body["private"]["serving"] or each.body,)
        },
    )


def _by_deployment(rules: Mapping[str, int] | None, names: Mapping[str, str]) -> dict[str, int]:
    """Rules with the deployments' own spelling of their names; shares of nothing are left out."""
    return {
        names[name.lower()]: percent for name, percent in (rules or {}).items() if percent and name.lower() in names
    }


def _credentials(context: Context, identity: Identity, record: Record, mode: AuthMode) -> tuple[Credential, ...]:
    if mode == "key":
        return tuple(Credential.of(key) for key in record.body["private"]["keys"].values())
    if mode == "aml_token":
        issued = context.tokens.active(token_purpose(record.name))
        return tuple(Credential(token.digest, token.expires) for token in issued)
    own = Credential.of(identity.token)
    return (own, *(Credential(digest, expires) for digest, expires in identity.active_digests()))


def _slot(document: Mapping[str, Any], addresses: tuple[str, ...]) -> SlotRoute:
    settings = document["properties"]["requestSettings"]
    return SlotRoute(
        addresses=addresses,
        timeout_ms=round(seconds(settings["requestTimeout"]) * 1000),
        max_concurrent=settings["maxConcurrentRequestsPerInstance"],
        instance_count=document["sku"]["capacity"],
    )
