"""One workspace, whole: a client for each kind of resource, made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from retailctl.azureml.computes import ComputesClient
from retailctl.azureml.data import DataClient
from retailctl.azureml.deployments import DeploymentsClient
from retailctl.azureml.endpoints import EndpointsClient
from retailctl.azureml.environments import EnvironmentsClient
from retailctl.azureml.jobs import JobsClient
from retailctl.azureml.metrics import MetricsClient
from retailctl.azureml.models import ModelsClient
from retailctl.azureml.scoring import ScoringClient
from retailctl.config.connection import Connection
from retailctl.domain.clock import Clock
from retailctl.domain.resources import Usage

Trace = Callable[[str], None]


class Workspace:
    """An Azure ML workspace, in Azure or local; nothing is opened before the first request."""

    endpoints: cached_property[EndpointsClient]
    deployments: cached_property[DeploymentsClient]
    jobs: cached_property[JobsClient]
    models: cached_property[ModelsClient]
    environments: cached_property[EnvironmentsClient]
    computes: cached_property[ComputesClient]
    data: cached_property[DataClient]
    metrics: cached_property[MetricsClient]

    def __init__(self, connection: Connection, *, clock: Clock, trace: Trace | None = None) -> None:
        """``trace`` gets one redacted line a request."""
        self.connection = connection
        self._clock = clock
        self._trace = trace

    def describe(self) -> Mapping[str, object]:
        """The workspace resource itself."""
        raise NotImplementedError

    def usages(self) -> list[Usage]:
        """Use and limit of each quota of the workspace's region."""
        raise NotImplementedError

    def studio_url(self, path: str = "") -> str:
        """Where a browser shows the workspace (or, with ``path`` such as ``runs/NAME``, a part of it)."""
        raise NotImplementedError

    def scoring(self, endpoint: str) -> ScoringClient:
        """A client for the endpoint's scoring address."""
        raise NotImplementedError

    def close(self) -> None:
        """Close every connection."""
        raise NotImplementedError
