"""The code snapshot of a job: a copy of training/ alone, under a name that is its content.

A copy, because the SDK uploads the whole folder that ``code`` names: a project's data, state and virtual environment
would go with it, and whether an ignore file keeps them out depends on which one the project happens to have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.images.source_tree import copy_into, digest, replacing, source_files
from retailctl.workflows.documents import rendered_dir
from retailctl.workflows.toolbox import Toolbox

_DIGITS = 16


@dataclass(frozen=True)
class Snapshot:
    """The folder that holds the copy of training/, and the digest of what is in it."""

    folder: Path
    digest: str


def stage_snapshot(tools: Toolbox) -> Snapshot:
    """Copy the project's training/ (or the carried one); an equal copy that is there already is used again.

    Raises:
        InvalidInput: there is no training/ to copy.
    """
    files = source_files(tools.project.code_root, "training")
    whole = digest(files)
    folder = rendered_dir(tools) / "code" / whole[:_DIGITS]
    present = source_files(folder, "training") if (folder / "training").is_dir() else {}
    if digest(present) != whole:
        with replacing(folder) as made:
            copy_into(files, made)
    return Snapshot(folder, whole)
