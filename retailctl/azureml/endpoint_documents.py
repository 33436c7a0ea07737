"""An endpoint between its two forms: ARM's resource and ours, and what a change makes of it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.azureml import resources
from retailctl.azureml.transport import Json
from retailctl.domain.history import Split
from retailctl.domain.resources import Endpoint
from retailctl.domain.traffic import Traffic
from retailctl.errors import Stale

READ_ONLY = ("scoringUri", "swaggerUri", "provisioningState")
_MOVING = frozenset({"creating", "updating", "deleting"})
_AUTH_MODES = {"key": "key", "amltoken": "aml_token", "aadtoken": "aad_token"}


@dataclass(frozen=True)
class EndpointEdit:
    """What to change of an endpoint; None leaves a part as it is, ``tags`` replaces the whole set."""

    traffic: Traffic | None = None
    mirror: Traffic | None = None
    tags: Mapping[str, str] | None = None


def read_endpoint(resource: Json) -> Endpoint:
    """An endpoint from its ARM resource."""
    own = resources.properties(resource)
    mode = str(own.get("authMode", ""))
    return Endpoint(
        name=str(resource["name"]),
        state=str(own.get("provisioningState", "")),
        auth_mode=_AUTH_MODES.get(mode.lower(), mode),
        traffic=Traffic(own.get("traffic") or {}),
        mirror=Traffic(own.get("mirrorTraffic") or {}),
        tags=resources.tags(resource),
        scoring_uri=own.get("scoringUri"),
        created_at=resources.created_at(resource),
        raw=resource,
    )


def moving(endpoint: Endpoint) -> bool:
    """Whether somebody is changing it now."""
    return endpoint.state.lower() in _MOVING


def sendable(endpoint: Endpoint) -> Json:
    """The resource as it may be sent back, with the ``etag`` that the service handed out, if it did."""
    body = resources.sendable(endpoint.raw, read_only=READ_ONLY)
    etag = endpoint.raw.get("etag")
    return {**body, "etag": etag} if etag else body


def edited(endpoint: Endpoint, edit: EndpointEdit) -> Json:
    """The whole resource with the change in it. Zeros are left out: Azure ML's own tools send none."""
    body = sendable(endpoint)
    if edit.traffic is not None:
        body["properties"]["traffic"] = edit.traffic.live
    if edit.mirror is not None:
        body["properties"]["mirrorTraffic"] = edit.mirror.live
    if edit.tags is not None:
        body["tags"] = dict(edit.tags)
    return body


def laid_onto(live: Endpoint, body: Json) -> Json:
    """A live endpoint with a file's settings laid over it; the split is not the file's to say."""
    merged = sendable(live)
    own = resources.properties(body)
    kept = ("traffic", "mirrorTraffic")
    merged["properties"].update({k: v for k, v in own.items() if k not in kept and v is not None})
    merged["tags"] = {**live.tags, **resources.tags(body)}
    return merged


def shown(now: Endpoint, before: Endpoint, asked: EndpointEdit) -> Endpoint | None:
    """The endpoint if a read shows what was asked for; None while it shows the state before.

    Raises:
        Stale: it shows neither, so somebody else has written since.
    """
    was = Split(before.traffic, before.mirror)
    wanted = Split(
        was.traffic if asked.traffic is None else asked.traffic,
        was.mirror if asked.mirror is None else asked.mirror,
    )
    is_now = Split(now.traffic, now.mirror)
    if moving(now):
        return None
    if is_now == wanted:
        return now if asked.tags is None or asked.tags.items() <= now.tags.items() else None
    if is_now == was:
        return None
    raise Stale(
        f"somebody else changed endpoint '{now.name}' meanwhile",
        reason=f"its traffic is now {now.traffic.text() or 'empty'}",
    )
