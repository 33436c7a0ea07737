"""The folder a job runs in: a copy of its code, its inputs by name, its outputs leading to where they are kept.

For a process; mounted.py is the same for a container.

    <work>/code        copy of the snapshot (empty without one), the working directory; `outputs` and `logs` in it
                       lead to the run's artifacts
    <work>/inputs/X    the data itself by a link, or a copy of it when the job asked for a download
    <work>/outputs/Y   leads to the output's place in a datastore

Commands quote no paths, so the folder's own path has nothing in it that a shell would take apart.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailctl.emulator.runners.job import Mount
from retailctl.emulator.services.codes import Codes
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.jobs.bindings import Binder, InputBinding, OutputBinding
from retailctl.emulator.services.uris import run_folder
from retailctl.emulator.store.folder import make_private

_SHELL_SAFE = re.compile(r"^[A-Za-z0-9_./+-]+$")
RUN_FOLDERS = ("outputs", "logs")
"""In the working directory, and leading to the run's artifacts."""


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """What a folder is to hold; `code` is None for jobs that bring none."""

    root: Path
    code: Path | None
    artifacts: Path
    inputs: Mapping[str, InputBinding]
    outputs: Mapping[str, OutputBinding]

    @property
    def kept(self) -> tuple[Path, ...]:
        """Where the outputs are kept."""
        return tuple(binding.kept for binding in self.outputs.values() if binding.kept is not None)


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder ready to run in, and what each input and output stands for in the command.

    `kept` is where the outputs are on this machine; `workdir` is the working directory as the command sees it.
    """

    root: Path
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    kept: tuple[Path, ...]
    workdir: str
    mounts: tuple[Mount, ...] = ()

    @property
    def code(self) -> Path:
        """Where the command runs, on this machine."""
        return self.root / "code"


class WorkFolders:
    """Plans, makes and removes the folders of jobs."""

    def __init__(self, context: Context, codes: Codes, content: Content, binder: Binder) -> None:
        self._codes = codes
        self._content = content
        self._binder = binder
        self._folder = _shell_safe(context.folder.jobs)

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

    def clear(self, plan: WorkPlan) -> None:
        """An empty folder in the plan's place."""
        shutil.rmtree(plan.root, ignore_errors=True)
        make_private(self._folder)
        plan.root.mkdir(mode=0o700)

    def remove(self, job: str) -> None:
        """Remove a job's folder; what its links lead to stays."""
        shutil.rmtree(self._root(job), ignore_errors=True)

    def clear_all(self) -> None:
        """Remove the folders of all jobs."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _root(self, job: str) -> Path:
        return self._folder / job


def _shell_safe(wanted: Path) -> Path:
    """A folder whose path a shell leaves whole: the wanted one, or the same one at every start elsewhere."""
    if _SHELL_SAFE.match(str(wanted)):
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"retailctl-jobs-{os.getuid()}-{digest}"


def build(plan: WorkPlan) -> WorkFolder:
    """Everything in place for a process. Touches files alone, so that it may run beside the event loop."""
    _place_code(plan)
    return WorkFolder(
        plan.root,
        {name: _place_input(plan.root / "inputs" / name, binding) for name, binding in plan.inputs.items()},
        {name: _place_output(plan.root / "outputs" / name, binding) for name, binding in plan.outputs.items()},
        plan.kept,
        str(plan.root / "code"),
    )


def copy_code(plan: WorkPlan) -> Path:
    """A copy of the snapshot; an empty folder without one."""
    target = plan.root / "code"
    if plan.code is None:
        target.mkdir()
    else:
        # Content alone: blobs are read-only files, and a job may write into its own code.
        shutil.copytree(plan.code, target, copy_function=shutil.copyfile)
    return target


def _place_code(plan: WorkPlan) -> None:
    target = copy_code(plan)
    for name in RUN_FOLDERS:
        if not (target / name).exists():
            (plan.artifacts / name).mkdir(parents=True, exist_ok=True)
            (target / name).symlink_to(plan.artifacts / name)


def _place_input(target: Path, binding: InputBinding) -> str:
    source = binding.source
    if source is None:
        return binding.value
    if binding.copied:
        return str(copy_input(source, target))
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        target.mkdir()
        target /= source.name
    target.symlink_to(source)
    return str(target)


def copy_input(source: Path, target: Path) -> Path:
    """A copy of a folder as `target`, or of a file in it; where the copy is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        target.mkdir()
        return shutil.copyfile(source, target / source.name)
    return shutil.copytree(source, target, copy_function=shutil.copyfile)


def _place_output(target: Path, binding: OutputBinding) -> str:
    kept = binding.kept
    if kept is None:
        return binding.value
    target.parent.mkdir(parents=True, exist_ok=True)
    kept_folder(binding)
    target.symlink_to(kept, target_is_directory=not binding.is_file)
    return str(target)


def kept_folder(binding: OutputBinding) -> Path:
    """The folder that an output is kept in, made if need be."""
    assert binding.kept is not None
    folder = binding.kept.parent if binding.is_file else binding.kept
    folder.mkdir(parents=True, exist_ok=True)
    return folder
