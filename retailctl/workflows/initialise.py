"""Init: a project of one's own: retailctl.toml, and training/, serving/ and templates/ for editing."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from retailctl.config.bundle import bundle_root
from retailctl.config.project import FILE_NAME
from retailctl.errors import AlreadyExists, InvalidInput
from retailctl.images.source_tree import source_files
from retailctl.workflows.toolbox import Toolbox, step

PARTS = ("training", "serving", "templates")
_SHOWN = 5

PROJECT_FILE = """\
# A project of retailctl. `retailctl config show` tells every value and where it came from.
default_profile = "local"

[profiles.local]  # the local Azure ML on this machine: address and credential fill in themselves
# data = "data"

# [profiles.dev]  # an Azure ML workspace: `retailctl doctor --profile dev` tells what is missing
# subscription_id = "00000000-0000-0000-0000-000000000000"
# resource_group = "retail-dev-rg"
# workspace_name = "retail-dev-amlws"
# acr_name = "acrretaildev"
# credential = "cli"                             # or default, environment, managed, workload, browser, secret
# compute = "cpu-cluster"
# data = "azureml:retail-sales:1"                # or a folder, relative to this file
# endpoint_name = "retail-forecast-endpoint"     # unique in its region
# model_name = "retail-forecast"
# instance_type = "Standard_DS3_v2"
# instance_count = 1
"""
IGNORE_FILE = ".retailctl/\n__pycache__/\ndata/\n"


@dataclass(frozen=True)
class InitRequest:
    """The project's folder; ``force`` replaces files that differ."""

    folder: Path
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class InitResult:
    """What was written, what was there already and the same, and what was replaced; paths below ``folder``."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    replaced: tuple[str, ...]
    planned: bool
    next: str


def initialise(tools: Toolbox, request: InitRequest) -> InitResult:
    """Write a project into ``folder``: all of it or, where something is in the way, nothing.

    Raises:
        AlreadyExists: files that differ are there, and ``force`` is off.
        InvalidInput: the name of a folder is taken by a file.
    """
    folder = request.folder.expanduser().resolve()
    for needed in (folder, *(folder / part for part in PARTS)):
        if needed.exists() and not needed.is_dir():
            raise InvalidInput(f"{needed} is a file, not a folder", hint="retailctl init in another folder")
    contents = _contents()
    there = {name for name in contents if (folder / name).exists()}
    same = {name for name in there if _same(folder / name, contents[name])}
    differing = there - same
    if differing and not request.force:
        raise _in_the_way(request.folder, differing)
    if not request.dry_run:
        with step(tools, "init", f"Writing a project into {folder}") as writing:
            _write(folder, {name: content for name, content in contents.items() if name not in same})
            writing.text = f"Wrote a project into {folder}"
    return InitResult(
        folder=folder,
        written=_names(contents.keys() - there),
        kept=_names(same),
        replaced=_names(differing),
        planned=request.dry_run,
        next=_next(tools, request),
    )


def _contents() -> dict[PurePosixPath, bytes]:
    """Every file of a new project."""
    sources = source_files(bundle_root(), *PARTS)
    return {
        PurePosixPath(FILE_NAME): PROJECT_FILE.encode(),
        PurePosixPath(".gitignore"): IGNORE_FILE.encode(),
        **{name: file.read_bytes() for name, file in sources.items()},
    }


def _same(file: Path, content: bytes) -> bool:
    """A .gitignore of one's own is as good as ours."""
    return file.is_file() and (file.name == ".gitignore" or file.read_bytes() == content)


def _write(folder: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
    """Everything is written beside its place first: a full disk leaves the folder as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".retailctl-init-") as temporary:
        staged = Path(temporary)
        for name, content in contents.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(content)
        for name in contents:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).replace(folder / name)


def _in_the_way(folder: Path, differing: set[PurePosixPath]) -> AlreadyExists:
    names = _names(differing)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return AlreadyExists(
        f"{folder} holds files of that name already",
        reason=", ".join(names[:_SHOWN]) + more + " would be replaced",
        hint=f"retailctl init {shlex.quote(str(folder))} --force, or choose an empty folder",
        details={"files": list(names)},
    )


def _names(paths: set[PurePosixPath]) -> tuple[str, ...]:
    return tuple(sorted(str(path) for path in paths))


def _next(tools: Toolbox, request: InitRequest) -> str:
    if request.dry_run:
        return tools.line("init", str(request.folder), force=request.force)
    steps = ["retailctl data sample --out data", "retailctl release --data data"]
    if request.folder.resolve() != Path.cwd():
        steps.insert(0, f"cd {shlex.quote(str(request.folder))}")
    return " && ".join(steps)
