"""Addresses of data: which container and path an `azureml://` address or a blob's URL means.

azureml://datastores/NAME/paths/PATH                                short form
azureml://subscriptions/S/.../datastores/NAME/paths/PATH            long form
azureml://jobs/JOB/outputs/OUTPUT[/paths/PATH]                      an output of a job, or its `artifacts`
runs:/JOB/PATH                                                      an artifact of a job's run
https://HOST/ACCOUNT/CONTAINER/PATH                                 a blob, as code versions name it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from retailctl.emulator.arm.ids import Scope
from retailctl.emulator.services.datastores import ARTIFACTS, DEFAULT
from retailctl.emulator.services.storage import PATH_ACCOUNT

_DATASTORE = re.compile(r"^azureml://(?:.*/)?datastores/(?P<name>[^/]+)/paths/(?P<path>.*)$", re.IGNORECASE)
_JOB_OUTPUT = re.compile(
    r"^azureml://(?:.*/)?jobs/(?P<job>[^/]+)/outputs/(?P<output>[^/]+)(?:/paths)?(?:/(?P<path>.*))?$", re.IGNORECASE
)
_RUN_ARTIFACT = re.compile(r"^runs:/+(?P<job>[^/]+)/(?P<path>.+)$")
ARTIFACTS_OUTPUT = "artifacts"
"""What the service calls a run's own folder in addresses of outputs; the job itself shows it as `default`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder in a datastore: `path` has no slash at either end."""

    datastore: str
    path: str

    def below(self, path: str | None) -> Place:
        """A place further down."""
        return Place(self.datastore, "/".join(part for part in (self.path, (path or "").strip("/")) if part))

    def short_uri(self) -> str:
        """`azureml://datastores/...`."""
        return f"azureml://datastores/{self.datastore}/paths/{self.path}"

    def long_uri(self, scope: Scope) -> str:
        """`azureml://subscriptions/...`, as the service writes it in assets."""
        return (
            f"azureml://subscriptions/{scope.subscription_id}/resourcegroups/{scope.resource_group}"
            f"/workspaces/{scope.workspace}/datastores/{self.datastore}/paths/{self.path}"
        )


@dataclass(frozen=True, slots=True)
class JobOutputReference:
    """An output of a job, and a path inside it."""

    job: str
    output: str
    path: str


def output_place(job: str, output: str) -> Place:
    """Where an output goes that names no place of its own; `default` is the run's own folder."""
    if output == "default":
        return run_folder(job)
    return Place(DEFAULT, f"azureml/{job}/{output}")


def run_folder(job: str) -> Place:
    """Where the logs and artifacts of a run are."""
    return Place(ARTIFACTS, f"ExperimentRun/dcid.{job}")


def parse_job_output(uri: str) -> JobOutputReference | None:
    """The job's output that an address means, or None."""
    if match := _RUN_ARTIFACT.match(uri):
        return JobOutputReference(match["job"], ARTIFACTS_OUTPUT, match["path"].strip("/"))
    match = _JOB_OUTPUT.match(uri)
    return JobOutputReference(match["job"], match["output"], (match["path"] or "").strip("/")) if match else None


def parse_place(uri: str) -> Place | None:
    """The place in a datastore, there or not, that an address means, or None."""
    match = _DATASTORE.match(uri)
    return Place(match["name"], match["path"].strip("/")) if match else None


def parse_blob_url(url: str) -> tuple[str, str] | None:
    """Container and path of a URL of the storage account, whatever its port; None for any other URL."""
    parts = unquote(urlsplit(url).path).strip("/").split("/", 2)
    if len(parts) < 2 or parts[0] != PATH_ACCOUNT:
        return None
    return parts[1], parts[2] if len(parts) == 3 else ""
