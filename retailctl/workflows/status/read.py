"""Read the picture with few requests: what does not depend on anything at once, then the slots' figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from retailctl.azureml.workspace import Workspace
from retailctl.domain.resources import Deployment, Endpoint, Job, ModelVersion, SlotMetrics
from retailctl.errors import ResourceNotFound, RetailctlError
from retailctl.workflows.events import Caution
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.versions import versions_of_model

AT_ONCE = 2
"""Reads at the same time. Each needs a TLS connection of its own: more of them save less than their handshakes cost."""


def read_picture(
    tools: Toolbox, *, newest_jobs: int
) -> tuple[Endpoint | None, list[Deployment], list[Job], list[ModelVersion]]:
    """The endpoint, its slots, the newest jobs and every version of the model: four requests, at once."""
    workspace, name = tools.workspace, tools.settings.endpoint_name
    with ThreadPoolExecutor(AT_ONCE) as pool:
        endpoint = pool.submit(workspace.endpoints.find, name)
        slots = pool.submit(_slots, workspace, name)
        newest = pool.submit(workspace.jobs.list, newest_jobs)
        versions = pool.submit(versions_of_model, tools)
    return endpoint.result(), slots.result(), newest.result(), versions.result()


def _slots(workspace: Workspace, endpoint: str) -> list[Deployment]:
    try:
        return workspace.deployments.list(endpoint)
    except ResourceNotFound:
        return []


def read_figures(tools: Toolbox, slots: Sequence[str], window_s: float) -> Mapping[str, SlotMetrics]:
    """What each slot did lately; none at all when Azure Monitor does not say, for the rest is worth showing."""
    until = tools.clock.now()
    since = until - timedelta(seconds=window_s)
    try:
        return tools.workspace.metrics.by_slot(tools.settings.endpoint_name, slots, since, until)
    except RetailctlError as error:
        tools.tell(Caution(f"the slots' figures are left out: {error.message}"))
        return {}
