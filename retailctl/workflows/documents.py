"""From a template's name to a checked file: render, override, lint, write. All that is sent comes this way."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retailctl.errors import InvalidTemplate
from retailctl.rendering.catalogue import TemplateFile, find
from retailctl.rendering.documents import Document, parse
from retailctl.rendering.engine import render
from retailctl.rendering.fields import known_fields
from retailctl.rendering.lint import require_clean
from retailctl.rendering.overrides import apply_overrides
from retailctl.workflows.events import Caution
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class Rendered:
    """A document that is ready to be sent, and the file it was written to."""

    template: TemplateFile
    file: Path
    text: str
    document: Document


def render_document(
    tools: Toolbox,
    name: str,
    variables: Mapping[str, object],
    *,
    sets: Iterable[str] = (),
    file_name: str | None = None,
) -> Rendered:
    """Render template ``name``, apply ``--set`` overrides, check it, and write it into the project's state folder.

    Raises:
        TemplateNotFound: no such template.
        InvalidTemplate: it does not render, or what it renders breaks a rule; with file and line.
        InvalidInput: an override that such a document cannot take.
    """
    template = find(name, tools.project.templates_dirs)
    file = rendered_dir(tools) / (file_name or template.template.output)
    document, text = _draft(tools, template, variables, tuple(sets), file)
    write_text(file, text)
    with _editable(tools, template):
        warnings = require_clean(template.template.kind, document)
    for warning in warnings:
        tools.tell(Caution(warning.text()))
    return Rendered(template, file, text, document)


def draft_document(tools: Toolbox, name: str, variables: Mapping[str, object], *, sets: Iterable[str] = ()) -> Document:
    """The same without the checks, and without writing anything.

    Raises:
        TemplateNotFound, InvalidTemplate, InvalidInput: as :func:`render_document`, but for the rules.
    """
    template = find(name, tools.project.templates_dirs)
    return _draft(tools, template, variables, tuple(sets), Path(template.template.output))[0]


def _draft(
    tools: Toolbox, template: TemplateFile, variables: Mapping[str, object], sets: tuple[str, ...], file: Path
) -> tuple[Document, str]:
    text = render(template, variables)
    with _editable(tools, template):
        document = parse(text, str(file))
        return apply_overrides(document, sets, known_fields(template.template.kind)) if sets else (document, text)


@contextmanager
def _editable(tools: Toolbox, template: TemplateFile) -> Iterator[None]:
    """Whoever finds what was rendered wrong knows nothing of the file that it came from; the way out begins there."""
    try:
        yield
    except InvalidTemplate as error:
        own = tools.project.root in template.path.parents
        edit = f"edit {template.path}" if own else f"retailctl init, then edit templates/{template.file_name}"
        error.hint = edit if error.hint == error.default_hint else f"{edit}, or {error.hint}"
        raise


def image_of(document: Document) -> str:
    """The image that a job or deployment runs in, or the registered environment that stands for one."""
    return str(document.get("environment", "image") or document.get("environment"))


def rendered_dir(tools: Toolbox) -> Path:
    """Where rendered files are left, for ``az ml`` or a reader."""
    return tools.project.state_dir / "rendered"


def write_text(file: Path, text: str) -> None:
    """Write ``file`` whole or not at all, for its owner alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
