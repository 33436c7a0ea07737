"""Build: make the images of the project's code, push them, and know them again by what they were made of.

Where neither an engine nor a registry is asked for, as on the local profile without Docker, the Dockerfiles are
rendered and the images named by their content, which is all that the local Azure ML needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.errors import Forbidden, Unreachable
from retailctl.images.context import IMAGES, BuildContext
from retailctl.images.registry import has_registry
from retailctl.images.revision import revision_of
from retailctl.workflows.documents import rendered_dir
from retailctl.workflows.events import Notice
from retailctl.workflows.make_image import MakeOptions, make_image
from retailctl.workflows.project_images import check_images, context_of, known_image
from retailctl.workflows.toolbox import Toolbox, step
from retailctl.workflows.training_data import missing_data


@dataclass(frozen=True)
class BuildRequest:
    """Which images and how; ``dry_run`` names them and writes nothing."""

    images: tuple[str, ...] = IMAGES
    dry_run: bool = False
    push: bool | None = None
    """None: where the settings name a registry."""
    tags: tuple[str, ...] = ()
    """Besides the one of the revision."""
    platform: str | None = None
    no_cache: bool = False
    build: bool | None = None
    """Whether to ask an engine at all; None: where one answers, or something was asked that needs one."""


@dataclass(frozen=True)
class BuiltImage:
    """One image: its reference, pinned, and the build context that makes it."""

    name: str
    reference: str
    digest: str
    """The registry's own where it was pushed, else that of the content."""
    context: Path | None
    """The folder that holds exactly what is built; None on a dry run."""
    changed: bool
    """Whether anything had to be done."""
    outcome: str
    """built, pushed, tagged, unchanged; named, where no engine was asked; planned."""
    tag: str | None = None
    size_bytes: int | None = None
    """Of its layers as they are sent, where it was pushed; else on the engine's disk."""
    seconds: float = 0.0
    pushed: bool = False


@dataclass(frozen=True)
class BuildResult:
    """The images, and the revision of the code they hold."""

    images: tuple[BuiltImage, ...]
    git_sha: str | None
    planned: bool
    next: str


def build(tools: Toolbox, request: BuildRequest) -> BuildResult:
    """Build each image whose content is not there yet, and push it where there is a registry.

    Raises:
        InvalidInput: an image other than train and infer, or source files that are missing.
        InvalidTemplate: a Dockerfile that does not render, or that the engine cannot read.
        InvalidConfig: a push without a registry.
        Unreachable, Forbidden: no engine where one is needed; no registry, or no right to push to it.
        BuildFailed: a step of the Dockerfile failed; its last lines are in ``details``.
        AlreadyExists: the tag names other content in the registry.
    """
    check_images(request.images)
    pushing = has_registry(tools.settings) if request.push is None else request.push
    if pushing:
        _ = tools.registry  # which says so where the settings name none
    making = not request.dry_run and (pushing or _has_engine(tools, request))
    images = tuple(_one(tools, name, request, making, pushing) for name in request.images)
    if not (request.dry_run or making):
        tools.tell(Notice("the Dockerfiles are rendered and the images named by their content; no image is built"))
    revision = revision_of(tools.project.root)
    following = (
        tools.line("build", *request.images) if request.dry_run else tools.line("train", data=missing_data(tools))
    )
    return BuildResult(images, revision.text if revision else None, request.dry_run, following)


def _has_engine(tools: Toolbox, request: BuildRequest) -> bool:
    """Whether an engine is to build; one that has to and is not there is a failure, else it is only not used."""
    if request.build is not None:
        return request.build
    needed = request.push is not None or request.tags or request.platform or request.no_cache
    try:
        _ = tools.engine
    except (Unreachable, Forbidden):
        if needed:
            raise
        return False
    return True


def _one(tools: Toolbox, name: str, request: BuildRequest, making: bool, pushing: bool) -> BuiltImage:
    context = context_of(tools, name)
    if request.dry_run:
        reference = known_image(tools, name).reference
        return BuiltImage(name, reference.text, str(reference.digest), None, _differs(tools, context), "planned")
    changed = _differs(tools, context)
    if not making:
        with step(tools, "build", f"Rendering the {name} image's Dockerfile") as rendering:
            rendering.outcome = "done" if changed else "unchanged"
            _write(tools, context)
            rendering.text = f"Rendered {_folder(tools, name)}/Dockerfile"
        reference, outcome = known_image(tools, name).reference, "named" if changed else "unchanged"
        return BuiltImage(name, reference.text, str(reference.digest), _folder(tools, name), changed, outcome)
    _write(tools, context)
    began = tools.clock.monotonic()
    made = make_image(tools, context, MakeOptions(pushing, request.tags, request.platform, request.no_cache))
    reference = known_image(tools, name).reference
    return BuiltImage(
        name=name,
        reference=reference.text,
        digest=str(reference.digest),
        context=_folder(tools, name),
        changed=made.outcome != "unchanged",
        outcome=made.outcome,
        tag=made.tag,
        size_bytes=made.size_bytes,
        seconds=tools.clock.monotonic() - began,
        pushed=made.digest is not None,
    )


def _write(tools: Toolbox, context: BuildContext) -> None:
    """Leave the context for a reader, or for another builder."""
    if _differs(tools, context):
        context.write(_folder(tools, context.image))
        _marker(tools, context.image).write_text(context.digest)


def _differs(tools: Toolbox, context: BuildContext) -> bool:
    marker = _marker(tools, context.image)
    here = _folder(tools, context.image).is_dir()
    return not (here and marker.is_file() and marker.read_text() == context.digest)


def _folder(tools: Toolbox, image: str) -> Path:
    return rendered_dir(tools) / "images" / image


def _marker(tools: Toolbox, image: str) -> Path:
    return _folder(tools, image).with_suffix(".digest")
