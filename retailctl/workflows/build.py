"""Build: render the Dockerfiles with everything they copy, and name the images by that content.

It stops there and says so. Whoever has Docker builds the folder it leaves; building and pushing from here is the place
marked by ``BuiltImage.pushed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.domain.references import ImageRef
from retailctl.errors import InvalidInput
from retailctl.images.context import IMAGES, BuildContext, build_context
from retailctl.images.registry import registry_of, repository_of
from retailctl.images.revision import revision_of
from retailctl.rendering.catalogue import find
from retailctl.rendering.engine import render
from retailctl.workflows.documents import rendered_dir
from retailctl.workflows.events import Notice
from retailctl.workflows.toolbox import Toolbox, step
from retailctl.workflows.training_data import missing_data


@dataclass(frozen=True)
class BuildRequest:
    """Which images; ``dry_run`` names them and writes nothing."""

    images: tuple[str, ...] = IMAGES
    dry_run: bool = False


@dataclass(frozen=True)
class BuiltImage:
    """One image: its reference, pinned by content, and the build context that makes it."""

    name: str
    reference: str
    digest: str
    context: Path | None
    """The folder to build; None on a dry run."""
    changed: bool
    """Whether the context differs from the one that was there."""
    pushed: bool = False


@dataclass(frozen=True)
class BuildResult:
    """The images, and the revision of the code they hold."""

    images: tuple[BuiltImage, ...]
    git_sha: str | None
    planned: bool
    next: str


def build(tools: Toolbox, request: BuildRequest) -> BuildResult:
    """Render the Dockerfile of each image beside the files it copies, and compute its content digest.

    Raises:
        InvalidInput: an image other than train and infer, or source files that are missing.
        InvalidTemplate: a Dockerfile that does not render.
    """
    unknown = [name for name in request.images if name not in IMAGES]
    if unknown:
        raise InvalidInput(
            f"there is no image '{unknown[0]}'", reason="the images are train and infer", hint="retailctl build"
        )
    images = tuple(_build_one(tools, name, dry_run=request.dry_run) for name in request.images)
    if not request.dry_run:
        tools.tell(Notice("the Dockerfiles are rendered and no image is built: docker build does it in each folder"))
    revision = revision_of(tools.project.root)
    following = (
        tools.line("build", *request.images) if request.dry_run else tools.line("train", data=missing_data(tools))
    )
    return BuildResult(images, revision.text if revision else None, request.dry_run, following)


def content_image(tools: Toolbox, image: str) -> ImageRef:
    """The train or infer image that the project's code makes now, pinned by its content."""
    return _reference(tools, context_of(tools, image))


def _build_one(tools: Toolbox, name: str, *, dry_run: bool) -> BuiltImage:
    context = context_of(tools, name)
    reference = _reference(tools, context)
    folder = rendered_dir(tools) / "images" / name
    marker = folder.with_suffix(".digest")
    changed = not (marker.is_file() and marker.read_text() == context.digest and folder.is_dir())
    if not dry_run:
        with step(tools, "build", f"Rendering the {name} image's Dockerfile") as rendering:
            rendering.outcome = "done" if changed else "unchanged"
            context.write(folder)
            marker.write_text(context.digest)
            rendering.text = f"Rendered {folder}/Dockerfile"
    return BuiltImage(name, reference.text, context.digest, None if dry_run else folder, changed)


def context_of(tools: Toolbox, image: str) -> BuildContext:
    """The rendered Dockerfile of the train or infer image, with the files that it copies."""
    template = find(f"{image}.Dockerfile", tools.project.templates_dirs)
    variables = {
        "python_version": tools.settings.python_version,
        f"{image}_repository": repository_of(tools.settings, image),
    }
    return build_context(image, tools.project.code_root, render(template, variables))


def _reference(tools: Toolbox, context: BuildContext) -> ImageRef:
    return context.reference(registry_of(tools.settings), repository_of(tools.settings, context.image))
