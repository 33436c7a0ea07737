"""This machine: versions, libraries, Git, and room for what is kept here. Nothing of it needs a workspace."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files, requires, version
from pathlib import Path

import retailctl
from retailctl.workflows.doctor.findings import Finding, Patient, error, ok, warning

TESTED_SDK = "1.35."
"""Releases of azure-ai-ml whose private pieces retailctl is tested with."""
LITTLE_SPACE, NO_SPACE = 2 << 30, 256 << 20
"""Bytes that a few releases take, and that not even one job fits in."""
INSTALL_OPENMP = "sudo apt-get install libgomp1"
"""On Debian and its kin; README.md names the package elsewhere."""
_LOCAL_EXTRA = "extra == 'local'"


def check_versions(patient: Patient) -> Iterator[Finding]:
    """Which releases work together here."""
    sdk = _installed("azure-ai-ml")
    if sdk is None:
        yield error(
            "azure-ai-ml is not installed", why="jobs and deployments go through it", repair="pip install retailctl"
        )
        return
    here = f"retailctl {retailctl.__version__}, azure-ai-ml {sdk}, Python {platform.python_version()}"
    if sdk.startswith(TESTED_SDK):
        yield ok(here)
    else:
        yield warning(
            here,
            why=f"retailctl is tested with azure-ai-ml {TESTED_SDK}x; other releases rename what it uses",
            repair=f"pip install 'azure-ai-ml=={TESTED_SDK}*'",
        )


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_local_extra(patient: Patient) -> Iterator[Finding]:
    """What the local Azure ML, training and serving need; an Azure profile needs none of it."""
    if not patient.is_local:
        return
    missing = [package for package in _local_packages() if _installed(package) is None]
    if missing:
        yield error(
            "the local Azure ML cannot run: " + ", ".join(missing) + " not installed",
            why="they come with the extra 'local'",
            repair="pip install 'retailctl[local]'",
        )
    else:
        yield ok("everything that the local Azure ML needs is installed")


def _local_packages() -> list[str]:
    """The packages of the extra, by the metadata of the installed retailctl."""
    lines = [line.replace('"', "'") for line in requires("retailctl") or []]
    named = [re.match(r"[A-Za-z0-9._-]+", line) for line in lines if _LOCAL_EXTRA in line]
    return [name[0] for name in named if name]


def check_lightgbm(patient: Patient) -> Iterator[Finding]:
    """What training's trees are grown by: its shared library wants an OpenMP that no Python package brings."""
    if not patient.is_local:
        return
    try:
        for library in _shared_libraries("lightgbm"):
            ctypes.CDLL(str(library))
    except OSError as missing:
        yield error(
            f"LightGBM cannot be loaded: {missing}",
            why="training jobs run on this machine, and need it",
            repair=INSTALL_OPENMP if "libgomp" in str(missing) else "pip install --force-reinstall lightgbm",
        )
    else:
        yield ok("LightGBM can be loaded")


def _shared_libraries(package: str) -> list[Path]:
    """The libraries that an installed package loads by their path."""
    named = [file for file in files(package) or [] if file.stem == f"lib_{package}"]
    return [Path(str(file.locate())) for file in named]


def check_git(patient: Patient) -> Iterator[Finding]:
    """Lineage wants the revision of the code."""
    if shutil.which("git"):
        yield ok("Git is installed")
    else:
        yield warning(
            "Git is not installed",
            why="models and images are tagged with the revision of the code",
            repair="install Git",
        )


def check_state_folder(patient: Patient) -> Iterator[Finding]:
    """Room for, and the right to write, what is kept on this machine."""
    folder = patient.tools.project.state_dir
    there = _nearest_existing(folder)
    if not os.access(there, os.W_OK):
        yield error(
            f"{folder} cannot be written to", why="rendered files and logs are kept there", repair="set RETAILCTL_STATE"
        )
        return
    free = shutil.disk_usage(there).free
    room = f"{free / (1 << 30):.1f} GiB are free for {folder}"
    if free < NO_SPACE:
        yield error(room, why="a job or a model will not fit", repair="free some space, or set RETAILCTL_STATE")
    elif free < LITTLE_SPACE and patient.is_local:
        yield warning(room, why="each release keeps a model and logs there", repair="retailctl cleanup --purge")
    else:
        yield ok(room)


def _nearest_existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
