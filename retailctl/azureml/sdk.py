"""The official SDK, loaded only when something is written: its client, and what retailctl asks of it.

Importing azure.ai.ml costs two seconds, so nothing here is imported before it is needed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential

from retailctl.azureml.credentials import login_hint
from retailctl.azureml.policies import Trace, repeated_posts, request_id
from retailctl.azureml.quiet import environment, import_sdk, quiet
from retailctl.azureml.sdk_failures import local_failure, translate
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json, trusting
from retailctl.azureml.uploads import uploads_that_end
from retailctl.azureml.yaml_files import YamlKind, load
from retailctl.config.connection import Connection
from retailctl.errors import RetailctlError

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

_CLOUD_VARIABLE = "AZUREML_CURRENT_CLOUD"
"""MLClient sets it, and its helpers read it back later."""

_ALONE = RLock()
"""The environment and stdout are the whole process's: one session at a time."""


def parse_check(kind: YamlKind, yaml: Path) -> None:
    """Read ``yaml`` as the SDK would, and send nothing.

    Raises:
        InvalidTemplate: the SDK does not take it; names file, line and field.
    """
    with quiet(None):
        load(kind, yaml)


@dataclass(frozen=True)
class DeploymentPut:
    """A slot's creation under way."""

    endpoint: str
    slot: str
    done: Callable[[], bool]
    result: Callable[[], None]
    """Raises what went wrong; to be called once done."""


class Sdk:
    """What retailctl asks of azure-ai-ml; every method loads it first."""

    def __init__(
        self,
        connection: Connection,
        credential: TokenCredential,
        *,
        trace: Trace | None,
        location: Callable[[], str],
    ) -> None:
        self._connection = connection
        self._credential = credential
        self._trace = trace
        self._location = location

    def endpoint_body(self, yaml: Path) -> tuple[str, Json]:
        """Name and ARM body of the endpoint that ``yaml`` describes; nothing is sent."""
        with self._open(Subject("endpoint"), yaml):
            entity = load("endpoint", yaml)
            return str(entity.name), _serialized(entity._to_rest_online_endpoint(location=self._location()))

    @contextlib.contextmanager
    def deployment_put(self, yaml: Path) -> Iterator[DeploymentPut]:
        """Send the slot of ``yaml``; the SDK polls it in a thread of its own, so this stays open until that ended."""
        with self._session() as client:
            entity = load("deployment", yaml)
            subject = Subject("slot", str(entity.name))
            with self._translating(subject, yaml):
                poller = client.online_deployments.begin_create_or_update(entity)

            def result() -> None:
                with self._translating(subject, yaml):
                    poller.result()

            yield DeploymentPut(str(entity.endpoint_name), str(entity.name), poller.done, result)

    def submit_job(self, yaml: Path, name: str | None) -> str:
        """Send the job of ``yaml`` with its code; returns its name."""
        with self._open(Subject("job", name or ""), yaml) as client:
            entity = load("job", yaml)
            if name:
                entity.name = name
            return str(client.jobs.create_or_update(entity).name)

    def create_asset(self, kind: YamlKind, yaml: Path) -> tuple[str, str]:
        """Register the model, environment or data of ``yaml``; returns name and version that this call made."""
        with self._open(Subject(kind), yaml) as client:
            made = getattr(client, _CLIENTS[kind]).create_or_update(load(kind, yaml))
            return str(made.name), str(made.version)

    def download_job(self, name: str, to: Path, output: str | None) -> None:
        """Fetch an output, or logs and default artifacts, of a job that ended."""
        with self._open(Subject("job", name)) as client:
            client.jobs.download(name, download_path=to, output_name=output)

    def download_model(self, name: str, version: int, to: Path) -> None:
        """Fetch the files of a model version."""
        with self._open(Subject("model", f"{name}:{version}")) as client:
            client.models.download(name, str(version), download_path=to)

    @contextlib.contextmanager
    def _open(self, subject: Subject, file: Path | None = None) -> Iterator[MLClient]:
        """The client in a session, with its exceptions translated."""
        with self._translating(subject, file), self._session() as client:
            yield client

    @contextlib.contextmanager
    def _session(self) -> Iterator[MLClient]:
        """The client; while open, it finds its cloud and whom to trust in the environment, and its noise is caught."""
        bundle = self._connection.ca_bundle
        if bundle:
            trusting(bundle)
        # the SDK's storage clients take no other word for whom to trust
        with _ALONE, environment({"REQUESTS_CA_BUNDLE": str(bundle)} if bundle else {}), quiet(self._trace):
            with environment({_CLOUD_VARIABLE: None}):
                client = self._client  # teaches the SDK the cloud's name
            with environment({_CLOUD_VARIABLE: self._cloud_name}), uploads_that_end(), repeated_posts():
                yield client

    @contextlib.contextmanager
    def _translating(self, subject: Subject, file: Path | None) -> Iterator[None]:
        try:
            yield
        except RetailctlError:
            raise
        except Exception as error:
            refusal = local_failure(error)
            if refusal is not None:
                raise refusal from None
            raise translate(
                error,
                subject,
                url=self._connection.cloud.resource_manager,
                login_hint=login_hint(self._connection),
                file=file,
            ) from error

    def _tell(self, response: Any) -> None:
        """A line of trace for a request of the SDK's own clients."""
        if self._trace:
            answer = response.http_response
            path = urlsplit(answer.request.url).path
            known_as = request_id(answer.headers) or "no id"
            self._trace(f"{answer.request.method} {path} {answer.status_code} by azure-ai-ml ({known_as})")

    @property
    def _cloud_name(self) -> str:
        """The SDK knows clouds by name, for the life of the process: other addresses need another name."""
        cloud = self._connection.cloud
        if cloud.is_public:
            return "AzureCloud"
        digest = hashlib.sha256(json.dumps(cloud.metadata(), sort_keys=True).encode()).hexdigest()
        return f"retailctl-{digest[:12]}"

    @cached_property
    def _client(self) -> MLClient:
        sdk = import_sdk()
        connection = self._connection
        cloud: dict[str, Any] = {"cloud": self._cloud_name}
        if not connection.cloud.is_public:
            cloud["cloud_metadata"] = connection.cloud.metadata()
        client: MLClient = sdk.MLClient(
            self._credential,
            connection.subscription_id,
            connection.resource_group,
            connection.workspace_name,
            show_progress=False,
            enable_telemetry=False,
            raw_response_hook=self._tell,
            **cloud,
        )
        return client


_CLIENTS: dict[YamlKind, str] = {"model": "models", "environment": "environments", "data": "data"}


def _serialized(rest: Any) -> Json:
    """The body of one of the SDK's REST models: it has two families of them."""
    body: Json = rest.as_dict() if not hasattr(rest, "serialize") else rest.serialize()
    return body
