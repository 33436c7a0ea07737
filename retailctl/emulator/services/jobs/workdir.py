"""The folder a job runs in: a copy of its code, its inputs by name, its outputs leading to where they are kept.

    <work>/code       copy of the snapshot, the working directory; `outputs` and `logs` in it lead to the run's
    artifacts <work>/inputs/X   the data itself by a link, or a copy of it when the job asked for a download
    <work>/outputs/Y  leads to the output's place in a datastore

Commands quote no paths, so the folder's own path has nothing in it that a shell would take apart.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.services.asset_kinds import DATA, MODELS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.codes import Codes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.uris import Place, output_place, parse_place, run_folder

_SHELL_SAFE = re.compile(r"^[A-Za-z0-9_./+-]+$")
_RUN_FOLDERS = ("outputs", "logs")


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder ready to run in, and what each input and output stands for in the command."""

    root: Path
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def code(self) -> Path:
        """Where the command runs."""
        return self.root / "code"


class WorkFolders:
    """Makes and removes the folders of jobs."""

    def __init__(self, context: Context, codes: Codes, assets: Mapping[str, Assets], content: Content) -> None:
        self._context = context
        self._codes = codes
        self._assets = assets
        self._content = content

    def make(self, job: str, properties: Mapping[str, Any], default_code: Path) -> WorkFolder:
        """Everything in place; `default_code` is the image's own folder, for jobs without code. Raises ArmError."""
        root = self._root(job)
        self.remove(job)
        root.mkdir(mode=0o700, parents=True)
        self._copy_code(properties.get("codeId"), root / "code", default_code)
        self._link_run_folders(job, root / "code")
        inputs = {
            name: self._bind_input(root / "inputs" / name, given)
            for name, given in (properties.get("inputs") or {}).items()
            if given is not None
        }
        outputs = {
            name: self._bind_output(root / "outputs" / name, job, name, given or {})
            for name, given in (properties.get("outputs") or {}).items()
            if name != "default"
        }
        return WorkFolder(root, inputs, outputs)

    def remove(self, job: str) -> None:
        """Remove a job's folder; what its links lead to stays."""
        shutil.rmtree(self._root(job), ignore_errors=True)

    def _root(self, job: str) -> Path:
        home = self._context.folder.jobs
        if _SHELL_SAFE.match(str(home)):
            return home / job
        return Path(tempfile.gettempdir()) / f"retailctl-jobs-{self._context.folder.root.stat().st_ino}" / job

    def _copy_code(self, code_id: str | None, target: Path, default_code: Path) -> None:
        if not code_id:
            target.symlink_to(default_code)
            return
        source = self._codes.folder(code_id)
        # Content alone: blobs are read-only files, and a job may write into its own code.
        shutil.copytree(source, target, copy_function=shutil.copyfile)

    def _link_run_folders(self, job: str, code: Path) -> None:
        """A run's `outputs` and `logs` are kept with it, as the service uploads them."""
        if code.is_symlink():
            return
        for name in _RUN_FOLDERS:
            if not (code / name).exists():
                kept = self._content.path(run_folder(job).below(name))
                kept.mkdir(parents=True, exist_ok=True)
                (code / name).symlink_to(kept)

    def _bind_input(self, target: Path, given: Mapping[str, Any]) -> str:
        if given["jobInputType"] == "literal":
            return str(given.get("value") or "")
        uri = self._input_uri(given)
        if given.get("mode") == "Direct":
            return uri
        source = self._content.existing(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file():
            target.mkdir()
            target /= source.name
        if given.get("mode") == "Download":
            _copy(source, target)
        else:
            target.symlink_to(source)
        return str(target)

    def _input_uri(self, given: Mapping[str, Any]) -> str:
        """Address of an input's data: its own, or that of the registered asset it names."""
        uri: str = given.get("uri") or ""
        if parse_place(uri) is not None:
            return uri
        reference = parse_asset(uri)
        if reference is None:
            return uri
        is_model = given["jobInputType"].endswith("_model")
        assets = self._assets[(MODELS if is_model else DATA).collection]
        properties = assets.get_version(reference.name, reference.version).body["properties"]
        found: str = properties["modelUri" if is_model else "dataUri"]
        return found

    def _bind_output(self, target: Path, job: str, name: str, given: Mapping[str, Any]) -> str:
        place = self.output_place(job, name, given)
        kept = self._content.path(place)
        if given.get("mode") == "Direct":
            return place.short_uri()
        target.parent.mkdir(parents=True, exist_ok=True)
        if given.get("jobOutputType") == "uri_file":
            kept.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(kept)
        else:
            kept.mkdir(parents=True, exist_ok=True)
            target.symlink_to(kept, target_is_directory=True)
        return str(target)

    @staticmethod
    def output_place(job: str, name: str, given: Mapping[str, Any]) -> Place:
        """Where an output goes. Raises ArmError (400)."""
        uri = given.get("uri")
        if not uri:
            return output_place(job, name)
        place = parse_place(uri)
        if place is None:
            raise bad_request(f"The output '{name}' is to go to '{uri}', which is no path in a datastore.")
        return place


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        shutil.copytree(source, target, copy_function=shutil.copyfile)
