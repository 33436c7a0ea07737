"""The images of the project's code: what they are made of now, what they are called, and where they are.

A command that sends nothing goes by what is known on this machine; one that sends asks the registry for what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retailctl.domain.references import ImageRef
from retailctl.errors import InvalidInput, RetailctlError, WrongState
from retailctl.images.context import IMAGES, BuildContext, build_context
from retailctl.images.record import Pushed, read_record, write_record
from retailctl.images.registry import RegistryImage, has_registry, registry_of, repository_of
from retailctl.images.revision import Revision, revision_of
from retailctl.rendering.catalogue import find
from retailctl.rendering.engine import render
from retailctl.workflows.documents import rendered_dir
from retailctl.workflows.toolbox import Toolbox

_DIGITS = 12


@dataclass(frozen=True)
class KnownImage:
    """An image, pinned, with what a person wants to know of it."""

    reference: ImageRef
    tag: str | None = None
    revision: str | None = None


def context_of(tools: Toolbox, image: str) -> BuildContext:
    """The rendered Dockerfile of the train or infer image, with the files that it copies."""
    template = find(f"{image}.Dockerfile", tools.project.templates_dirs)
    variables = {
        "python_version": tools.settings.python_version,
        f"{image}_repository": repository_of(tools.settings, image),
    }
    return build_context(image, tools.project.code_root, render(template, variables))


def tag_of(revision: Revision | None, content: str) -> str:
    """The commit; where files differ from it, or without Git, the content as well: a tag is never given twice."""
    own = content.removeprefix("sha256:")[:_DIGITS]
    if revision is None:
        return f"content-{own}"
    return f"{revision.text}-{own}" if revision.dirty else revision.sha


def record_file(tools: Toolbox, image: str) -> Path:
    """Where it is kept what was pushed last."""
    return rendered_dir(tools) / "images" / f"{image}.json"


def known_image(tools: Toolbox, image: str) -> KnownImage:
    """The image of the present code as far as this machine knows: as it was pushed, else named by its content."""
    context = context_of(tools, image)
    pushed = recorded(tools, context)
    if pushed:
        return KnownImage(pushed.reference, pushed.tag, pushed.revision)
    revision = revision_of(tools.project.root)
    registry, repository = registry_of(tools.settings), repository_of(tools.settings, image)
    return KnownImage(context.reference(registry, repository), None, revision.text if revision else None)


def recorded(tools: Toolbox, context: BuildContext) -> Pushed | None:
    """What was pushed to the registry of the settings from exactly this content, as far as this machine knows."""
    pushed = read_record(record_file(tools, context.image))
    wanted = (registry_of(tools.settings), repository_of(tools.settings, context.image), context.digest)
    return pushed if pushed and (pushed.registry, pushed.repository, pushed.content) == wanted else None


def require_pushed(tools: Toolbox, image: str) -> None:
    """See that :func:`known_image` names what a workspace can pull; where this machine cannot tell, ask the registry.

    Raises:
        WrongState: the registry does not hold the image of the present code.
        RetailctlError: the registry cannot be asked.
    """
    if not has_registry(tools.settings):
        return
    context = context_of(tools, image)
    if recorded(tools, context):
        return
    repository = repository_of(tools.settings, image)
    tag = tag_of(revision_of(tools.project.root), context.digest)
    found = tools.registry.image(repository, tag)
    if found is None or found.content != context.digest:
        raise WrongState(
            f"{tools.registry.host} does not hold the {image} image of the present code",
            reason=f"there is no {repository}:{tag}" if found is None else f"{repository}:{tag} has other content",
            hint=f"retailctl build {image}",
            details={"image": image, "tag": tag},
        )
    remember(tools, context, tag, found)


def remember(tools: Toolbox, context: BuildContext, tag: str, found: RegistryImage) -> Pushed:
    """Record what the registry holds."""
    pushed = Pushed(
        registry=registry_of(tools.settings),
        repository=found.repository,
        tag=tag,
        digest=found.digest,
        content=context.digest,
        revision=found.revision,
        platform=found.platform,
    )
    write_record(record_file(tools, context.image), pushed)
    return pushed


def named_image(tools: Toolbox, text: str) -> ImageRef:
    """An image that was named by hand, which has to be pinned.

    Raises:
        InvalidInput: it names a tag, which may be other content tomorrow; the hint names the digest of today.
    """
    reference = ImageRef.parse(text)
    if reference.pinned:
        return reference
    raise InvalidInput(
        f"'{text}' is not pinned",
        reason="a tag may name another image by the time that a machine is replaced",
        hint=_pinning(tools, reference),
        details={"image": text},
    )


def _pinning(tools: Toolbox, reference: ImageRef) -> str:
    """How to say the same with a digest: as the registry tells it, as the engine does, or how to find it out."""
    digest = _digest_there(tools, reference) or _digest_here(tools, reference)
    if digest is None:
        name = f"{reference.registry}/{reference.repository}"
        return f"use {name}@sha256:...; docker inspect {reference.text} may tell the digest"
    pinned = ImageRef(reference.registry, reference.repository, digest=digest).text
    return f"the same line with --image {pinned}"


def _digest_there(tools: Toolbox, reference: ImageRef) -> str | None:
    if reference.registry != registry_of(tools.settings) or not has_registry(tools.settings):
        return None
    try:
        found = tools.registry.image(reference.repository, reference.tag or "latest")
    except RetailctlError:  # what was typed is wrong whether or not the registry answers
        return None
    return found.digest if found else None


def _digest_here(tools: Toolbox, reference: ImageRef) -> str | None:
    try:
        found = tools.engine.image(f"{reference.registry}/{reference.repository}:{reference.tag or 'latest'}")
    except RetailctlError:
        return None
    name = f"{reference.registry}/{reference.repository}@"
    return next((each.removeprefix(name) for each in found.digests if each.startswith(name)), None) if found else None


def check_images(names: tuple[str, ...]) -> None:
    """Refuse an image that a release does not have.

    Raises:
        InvalidInput: it is none of IMAGES.
    """
    unknown = [name for name in names if name not in IMAGES]
    if unknown:
        raise InvalidInput(
            f"there is no image '{unknown[0]}'", reason="the images are train and infer", hint="retailctl build"
        )
