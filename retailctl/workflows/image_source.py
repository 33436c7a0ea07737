"""What an image is made of, as one digest: told without rendering anything, for the looks that have to be quick."""

from __future__ import annotations

from pathlib import PurePosixPath

from retailctl.images.context import copied_files
from retailctl.images.source_tree import digest
from retailctl.rendering.catalogue import find
from retailctl.workflows.toolbox import Toolbox


def source_digest(tools: Toolbox, image: str) -> str:
    """SHA-256 over the files that the train or infer image copies, and over its Dockerfile as a template.

    Raises:
        InvalidInput: a source folder or requirement file is missing, or ignored.
    """
    template = find(f"{image}.Dockerfile", tools.project.templates_dirs)
    files = copied_files(image, tools.project.code_root)
    return digest({**files, PurePosixPath("Dockerfile.j2"): template.path})
