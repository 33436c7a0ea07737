"""One workspace, whole: a client for each kind of resource, made when first asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import quote

from azure.core.credentials import TokenCredential
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.computes import ComputesClient
from retailctl.azureml.data import DataClient
from retailctl.azureml.deployments import DeploymentsClient
from retailctl.azureml.endpoints import EndpointsClient
from retailctl.azureml.environments import EnvironmentsClient
from retailctl.azureml.identity import identify
from retailctl.azureml.jobs import JobsClient
from retailctl.azureml.metrics import MetricsClient
from retailctl.azureml.models import ModelsClient
from retailctl.azureml.policies import Trace
from retailctl.azureml.roles import RolesClient
from retailctl.azureml.scoring import ScoringClient
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Answer, Json
from retailctl.config.connection import Connection
from retailctl.domain.clock import Clock
from retailctl.domain.resources import Endpoint, Identity, Usage, VmSize
from retailctl.errors import WrongState


class Workspace:
    """An Azure ML workspace, in Azure or local; nothing is opened before the first request."""

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        trace: Trace | None = None,
        transport: HttpTransport[HttpRequest, Answer] | None = None,
        credential: TokenCredential | None = None,
    ) -> None:
        """Point at a workspace.

        Args:
            trace: gets one redacted line a request.
            transport: what sends the requests; tests put their own in.
            credential: logs in; by default what ``connection.credential`` names.
        """
        self.connection = connection
        self._trace = trace
        self._arm = ArmClient(connection, clock=clock, trace=trace, transport=transport, credential=credential)
        self._sdk = Sdk(connection, self._arm.credential, trace=trace, location=lambda: self.location)

    @cached_property
    def endpoints(self) -> EndpointsClient:
        """Online endpoints."""
        return EndpointsClient(self._arm, self._sdk)

    @cached_property
    def deployments(self) -> DeploymentsClient:
        """The slots of endpoints."""
        return DeploymentsClient(self._arm, self._sdk)

    @cached_property
    def jobs(self) -> JobsClient:
        """Jobs."""
        return JobsClient(self._arm, self._sdk)

    @cached_property
    def models(self) -> ModelsClient:
        """Registered models."""
        return ModelsClient(self._arm, self._sdk)

    @cached_property
    def environments(self) -> EnvironmentsClient:
        """Environments."""
        return EnvironmentsClient(self._arm, self._sdk)

    @cached_property
    def computes(self) -> ComputesClient:
        """Computes."""
        return ComputesClient(self._arm)

    @cached_property
    def data(self) -> DataClient:
        """Data assets."""
        return DataClient(self._arm, self._sdk)

    @cached_property
    def metrics(self) -> MetricsClient:
        """Azure Monitor's metrics of endpoints."""
        return MetricsClient(self._arm)

    @cached_property
    def roles(self) -> RolesClient:
        """Who may pull from registries of the subscription."""
        return RolesClient(self._arm, self.connection.subscription_id)

    @cached_property
    def location(self) -> str:
        """The workspace's region."""
        return self.connection.location or str(self.describe().get("location", ""))

    @property
    def credential(self) -> TokenCredential:
        """What logs in to the workspace; Azure's other services take tokens of it, too."""
        return self._arm.credential

    def describe(self) -> Json:
        """The workspace resource itself.

        Raises:
            ResourceNotFound: there is no such workspace.
        """
        return self._arm.get("", Subject("workspace", self.connection.workspace_name))

    def usages(self) -> list[Usage]:
        """Use and limit of each quota of the workspace's region."""
        return [_read_usage(each) for each in self._arm.pages(self._region_path("usages"), Subject("quota"))]

    def vm_sizes(self) -> list[VmSize]:
        """The machine sizes of the workspace's region."""
        return [_read_size(each) for each in self._arm.pages(self._region_path("vmSizes"), Subject("VM size"))]

    def _region_path(self, collection: str) -> str:
        subscription = f"/subscriptions/{self.connection.subscription_id}"
        return f"{subscription}/providers/Microsoft.MachineLearningServices/locations/{self.location}/{collection}"

    def identity(self) -> Identity:
        """Log in, and say as whom.

        Raises:
            NotLoggedIn: no token could be had.
        """
        scope = f"{self.connection.cloud.resource_manager.rstrip('/')}/.default"
        return identify(self._arm.credential, self.connection.credential, scope)

    def server_time(self) -> datetime | None:
        """The service's clock, to the second; None where its answers carry no date."""
        answer = self._arm.request("GET", "", Subject("workspace", self.connection.workspace_name))
        date = answer.headers.get("Date")
        return parsedate_to_datetime(date).astimezone(UTC) if date else None

    def studio_url(self, path: str = "") -> str:
        """Where a browser shows the workspace (or, with ``path`` such as ``endpoints``, a part of it)."""
        site = self.connection.cloud.aml_resource_id.rstrip("/")
        tenant = f"&tid={self.connection.tenant_id}" if self.connection.tenant_id else ""
        return f"{site}/{path}?wsid={quote(self.connection.workspace_id)}{tenant}"

    def scoring(self, endpoint: str) -> ScoringClient:
        """A client for the endpoint's scoring address.

        Raises:
            ResourceNotFound: there is no such endpoint.
            WrongState: it has no scoring address yet.
        """
        found = self.endpoints.get(endpoint)
        if not found.scoring_uri:
            raise WrongState(f"endpoint '{endpoint}' has no scoring address yet", reason=f"it is {found.state}")
        return ScoringClient(
            endpoint,
            found.scoring_uri,
            lambda: self._scoring_secret(found),
            ca_bundle=self.connection.ca_bundle,
            trace=self._trace,
        )

    def _scoring_secret(self, endpoint: Endpoint) -> str:
        """What a caller of the endpoint shows: a key, Azure ML's own token, or Entra's for its data plane."""
        if endpoint.auth_mode == "key":
            return self.endpoints.keys(endpoint.name).primary
        if endpoint.auth_mode == "aml_token":
            return self.endpoints.token(endpoint.name).token
        scope = f"{self.connection.cloud.aml_resource_id.rstrip('/')}/.default"
        return self._arm.credential.get_token(scope).token

    def close(self) -> None:
        """Close every connection."""
        self._arm.close()


def _read_size(resource: Json) -> VmSize:
    return VmSize(str(resource["name"]), str(resource.get("family") or ""), int(resource.get("vCPUs") or 0))


def _read_usage(resource: Json) -> Usage:
    name = resource.get("name") or {}
    return Usage(
        name=str(name.get("localizedValue") or name.get("value") or resources.last_segment(resource.get("id"))),
        used=int(resource.get("currentValue") or 0),
        limit=int(resource.get("limit") or 0),
    )
