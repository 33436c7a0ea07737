"""The folder a job runs in: a copy of its code, its inputs by name, its outputs leading to where they are kept.

    <work>/code        copy of the snapshot (empty without one), the working directory; `outputs` and `logs` in it
                       lead to the run's artifacts
    <work>/inputs/X    the data itself by a link, or a copy of it when the job asked for a download
    <work>/outputs/Y   leads to the output's place in a datastore

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

from retailctl.emulator.services.codes import Codes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.jobs.bindings import Binder, InputBinding, OutputBinding
from retailctl.emulator.services.uris import run_folder

_SHELL_SAFE = re.compile(r"^[A-Za-z0-9_./+-]+$")
_RUN_FOLDERS = ("outputs", "logs")


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """What a folder is to hold; `code` is None for jobs that bring none."""

    root: Path
    code: Path | None
    artifacts: Path
    inputs: Mapping[str, InputBinding]
    outputs: Mapping[str, OutputBinding]


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
    """Plans, makes and removes the folders of jobs."""

    def __init__(self, context: Context, codes: Codes, content: Content, binder: Binder) -> None:
        self._codes = codes
        self._content = content
        self._binder = binder
        self._jobs = context.folder.jobs
        self._temporary: Path | None = None

    def plan(self, job: str, properties: Mapping[str, Any]) -> WorkPlan:
        """What a job needs, by its document. Raises ArmError."""
        inputs = {name: given for name, given in (properties.get("inputs") or {}).items() if given is not None}
        outputs = {name: given for name, given in (properties.get("outputs") or {}).items() if name != "default"}
        return WorkPlan(
            root=self._root(job),
            code=self._codes.folder(properties["codeId"]) if properties.get("codeId") else None,
            artifacts=self._content.path(run_folder(job)),
            inputs={name: self._binder.input(given) for name, given in inputs.items()},
            outputs={name: self._binder.output(job, name, given or {}) for name, given in outputs.items()},
        )

    def build(self, plan: WorkPlan) -> WorkFolder:
        """Everything in place. Touches files alone, so that it may run beside the event loop."""
        shutil.rmtree(plan.root, ignore_errors=True)
        plan.root.mkdir(mode=0o700, parents=True)
        _place_code(plan)
        return WorkFolder(
            plan.root,
            {name: _place_input(plan.root / "inputs" / name, binding) for name, binding in plan.inputs.items()},
            {name: _place_output(plan.root / "outputs" / name, binding) for name, binding in plan.outputs.items()},
        )

    def remove(self, job: str) -> None:
        """Remove a job's folder; what its links lead to stays."""
        shutil.rmtree(self._root(job), ignore_errors=True)

    def _root(self, job: str) -> Path:
        if _SHELL_SAFE.match(str(self._jobs)):
            return self._jobs / job
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="retailctl-jobs-"))
        return self._temporary / job


def _place_code(plan: WorkPlan) -> None:
    target = plan.root / "code"
    if plan.code is None:
        target.mkdir()
    else:
        # Content alone: blobs are read-only files, and a job may write into its own code.
        shutil.copytree(plan.code, target, copy_function=shutil.copyfile)
    for name in _RUN_FOLDERS:
        if not (target / name).exists():
            (plan.artifacts / name).mkdir(parents=True, exist_ok=True)
            (target / name).symlink_to(plan.artifacts / name)


def _place_input(target: Path, binding: InputBinding) -> str:
    source = binding.source
    if source is None:
        return binding.value
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        target.mkdir()
        target /= source.name
    if not binding.copied:
        target.symlink_to(source)
    elif source.is_file():
        shutil.copyfile(source, target)
    else:
        shutil.copytree(source, target, copy_function=shutil.copyfile)
    return str(target)


def _place_output(target: Path, binding: OutputBinding) -> str:
    kept = binding.kept
    if kept is None:
        return binding.value
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = kept.parent if binding.is_file else kept
    folder.mkdir(parents=True, exist_ok=True)
    target.symlink_to(kept, target_is_directory=not binding.is_file)
    return str(target)
