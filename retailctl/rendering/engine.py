"""Jinja templates to text, with delimiters that leave Azure ML's own ``${{...}}`` alone.

``[[ value ]]``, ``[% statement %]`` and ``[# comment #]``: with Jinja's usual braces ``${{inputs.x}}`` would be an
undefined variable at best, and silently rendered at worst. A variable that is not there is an error, never empty text.
"""

from __future__ import annotations

import difflib
import json
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2

from retailctl.errors import InvalidTemplate
from retailctl.rendering.catalogue import TemplateFile


def render(template: TemplateFile, variables: Mapping[str, object]) -> str:
    """The text of ``template``, whose includes are looked up in the same folders.

    Raises:
        InvalidTemplate: a mistake in the template, with its file and line; for an undefined variable also the nearest
            known one.
    """
    try:
        return _environment(template.folders).get_template(template.file_name).render(variables)
    except jinja2.TemplateSyntaxError as error:
        raise _invalid(Path(error.filename or template.path), error.lineno, error.message or "syntax") from error
    except jinja2.TemplateNotFound as error:
        raise _invalid(template.path, _line(error), f"it includes '{error.name}', which is in no folder") from error
    except jinja2.UndefinedError as error:
        raise _undefined(error, template.path, variables) from error
    except Exception as error:  # a template is the user's code: whatever it raises is a mistake at its line
        raise _invalid(*_place(error, template.path), str(error) or type(error).__name__) from error


@cache
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # YAML and Dockerfiles, not HTML
    )
    environment.filters["quoted"] = quoted
    return environment


def quoted(value: object) -> str:
    """``value`` as one YAML scalar or flow collection that no character in it can break: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _undefined(error: jinja2.UndefinedError, path: Path, variables: Mapping[str, object]) -> InvalidTemplate:
    message = error.message or "a variable is undefined"
    name = message.split("'")[1] if message.count("'") >= 2 else ""
    near = difflib.get_close_matches(name, list(variables), n=1)
    known = f"did you mean '{near[0]}'?" if near else "the variables are " + ", ".join(sorted(variables))
    return _invalid(*_place(error, path), message, known)


def _place(error: BaseException, path: Path) -> tuple[Path, int | None]:
    """The innermost template line the error came from (Jinja rewrites the trace to the template's own lines)."""
    folder = str(path.parent)
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if frame.filename == str(path) or frame.filename.endswith(".j2")]
    if not places:
        return Path(folder) / path.name, None
    return Path(places[-1].filename), places[-1].lineno


def _line(error: BaseException) -> int | None:
    return _place(error, Path())[1]


def _invalid(path: Path, line: int | None, what: str, why: str | None = None) -> InvalidTemplate:
    place = f"{path}:{line}" if line else str(path)
    return InvalidTemplate(
        f"{place}: {what}", reason=why, hint=f"edit {path}", details={"file": str(path), "line": line}
    )
