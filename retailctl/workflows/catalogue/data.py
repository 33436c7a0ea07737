"""Data assets as a noun: list, show, register a folder, archive."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from retailctl.domain.names import check_name
from retailctl.domain.resources import DataVersion
from retailctl.errors import InvalidData, InvalidInput
from retailctl.workflows.catalogue.change import AssetChange, set_archived, version_of
from retailctl.workflows.toolbox import Toolbox, step

SCHEMA = "https://azuremlschemas.azureedge.net/latest/data.schema.json"


@dataclass(frozen=True)
class ListData:
    """Of which asset (None: all), archived versions too or not, and how many."""

    name: str | None = None
    archived: bool = False
    limit: int = 30


@dataclass(frozen=True)
class DataPage:
    """The newest first; ``more`` says that the list was cut."""

    data: tuple[DataVersion, ...]
    more: bool


@dataclass(frozen=True)
class RegisterData:
    """A folder or file of this machine, or an address that the workspace can read (``azureml://...``, ``https://...``)."""

    name: str
    path: str
    version: str | None = None
    """None: the next number."""
    description: str | None = None


def list_data(tools: Toolbox, request: ListData) -> DataPage:
    """Registered versions."""
    found = tools.workspace.data.list(request.name, archived=request.archived)
    return DataPage(tuple(found[: request.limit]), len(found) > request.limit)


def show_data(tools: Toolbox, ref: str) -> DataVersion:
    """One version, ``name:version``."""
    return tools.workspace.data.get(*version_of("data", ref))


def archive_data(tools: Toolbox, ref: str, *, dry_run: bool = False) -> AssetChange:
    """Hide a version from lists; what uses it goes on."""
    name, version = version_of("data", ref)
    data = tools.workspace.data
    present = data.get(name, version)
    return set_archived(
        "data",
        f"{name}:{version}",
        is_archived=present.archived,
        archive=True,
        act=lambda: data.archive(name, version),
        dry_run=dry_run,
    )


def plan_data(tools: Toolbox, request: RegisterData) -> AssetChange:
    """What :func:`register_data` would do, checked as far as it can be without sending anything."""
    check_name("data", request.name)
    _located(request.path)
    version = f":{request.version}" if request.version else ""
    return AssetChange("data", f"{request.name}{version}", "registered", planned=True)


def register_data(tools: Toolbox, request: RegisterData) -> DataVersion:
    """Make a version of a folder or file, uploading what is on this machine.

    Raises:
        InvalidName: a name that Azure ML would refuse.
        InvalidData: a folder or file that does not exist, or an empty folder.
        AlreadyExists: there is such a version.
    """
    check_name("data", request.name)
    kind, address = _located(request.path)
    fields = {
        "$schema": SCHEMA,
        "name": request.name,
        "version": request.version,
        "description": request.description,
        "type": kind,
        "path": address,
    }
    document = yaml.safe_dump({key: value for key, value in fields.items() if value is not None}, sort_keys=False)
    with (
        tempfile.TemporaryDirectory(prefix="retailctl-") as folder,
        step(tools, "data", f"Registering {request.path} as {request.name}") as registering,
    ):
        file = Path(folder) / "data.yml"
        file.write_text(document, encoding="utf-8")
        made = tools.workspace.data.create(file)
        registering.text = f"Registered data {made.name}:{made.version}"
    return made


def _located(path: str) -> tuple[str, str]:
    """The asset's type, and its address as YAML takes it from any folder."""
    if path.startswith("azureml:") and not path.startswith("azureml://"):
        raise InvalidInput(f"'{path}' is a registered asset already", hint="retailctl data show NAME:VERSION")
    if "://" in path:
        return "uri_folder", path
    here = Path(path).expanduser().resolve()
    if here.is_file():
        return "uri_file", str(here)
    if not here.is_dir():
        raise InvalidData(f"there is no folder or file {path}")
    if not any(file.is_file() for file in here.rglob("*")):
        raise InvalidData(f"the folder {path} holds no file")
    return "uri_folder", str(here)
