"""The name that the published API description gives to a request, also where nothing here answers it.

Names follow from paths: the collection gives the family, the method (or a POST's last segment) the verb. What does not
follow is listed. `2024-04-01` of Microsoft.MachineLearningServices is what the names are taken from.
"""

from __future__ import annotations

_VERSIONED = {
    "codes": "Code",
    "components": "Component",
    "data": "Data",
    "environments": "Environment",
    "featuresets": "Featureset",
    "featurestoreentities": "FeaturestoreEntity",
    "models": "Model",
}
_FAMILIES: dict[tuple[str, ...], str] = {
    (): "Workspaces",
    ("computes",): "Compute",
    ("connections",): "WorkspaceConnections",
    ("datastores",): "Datastores",
    ("jobs",): "Jobs",
    ("schedules",): "Schedules",
    ("onlineendpoints",): "OnlineEndpoints",
    ("onlineendpoints", "deployments"): "OnlineDeployments",
    ("batchendpoints",): "BatchEndpoints",
    ("batchendpoints", "deployments"): "BatchDeployments",
    ("serverlessendpoints",): "ServerlessEndpoints",
    ("marketplacesubscriptions",): "MarketplaceSubscriptions",
    ("outboundrules",): "ManagedNetworkSettingsRule",
    ("privateendpointconnections",): "PrivateEndpointConnections",
    **{(collection,): f"{stem}Containers" for collection, stem in _VERSIONED.items()},
    **{(collection, "versions"): f"{stem}Versions" for collection, stem in _VERSIONED.items()},
}
_VERBS = {"GET": "Get", "PUT": "CreateOrUpdate", "PATCH": "Update", "DELETE": "Delete"}
_ACTIONS = {
    "startpendingupload": "CreateOrGetStartPendingUpload",
    "token": "GetToken",
    "skus": "ListSkus",
    "listsecrets": "ListSecrets",
    "testconnection": "TestConnection",
    "customservices": "UpdateCustomServices",
    "getallowedvmsizesforresize": "getAllowedResizeSizes",
}
_IRREGULAR = {"WorkspaceConnections_CreateOrUpdate": "WorkspaceConnections_Create"}


def operation_name(method: str, path: str) -> str | None:
    """Name of a request by its path below the workspace (`/jobs/a/cancel`); None for a path of no known family."""
    segments = [segment for segment in path.split("/") if segment]
    family = tuple(segment.lower() for segment in segments[::2])
    if family in _FAMILIES:
        verb = "List" if method == "GET" and len(segments) % 2 else _VERBS.get(method)
        found = f"{_FAMILIES[family]}_{verb}" if verb else None
        return _IRREGULAR.get(found, found) if found else None
    acts = method == "POST" or (segments and segments[-1].lower() in _ACTIONS)
    if acts and family[:-1] in _FAMILIES and len(segments) % 2:
        return f"{_FAMILIES[family[:-1]]}_{_action(segments[-1])}"
    return None


def _action(segment: str) -> str:
    return _ACTIONS.get(segment.lower(), segment[:1].upper() + segment[1:])
