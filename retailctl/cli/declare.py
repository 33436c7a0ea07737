"""How commands are declared: each gets the shared options, and its body one object in place of them.

Typer builds a command from a function's signature. :func:`command` gives Typer a function whose signature is the
body's own plus the fields of option groups (retailctl.cli.options), and hands the body one
:class:`~retailctl.cli.context.Invocation` in place of all of those.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import typer

from retailctl.cli.catalog import BY_NAME
from retailctl.cli.options import OutputFlags, WorkspaceFlags
from retailctl.cli.quick import QuickCommand, QuickGroup
from retailctl.cli.runtime import Runtime

Body = Callable[..., None]
SYNONYMS = {"list": "ls"}
"""The hidden second name of a verb, where users' fingers know another."""


def command(app: typer.Typer, *groups: type, name: str | None = None, workspace: bool = True) -> Callable[[Body], Body]:
    """Register a body ``(cli: Invocation, ...own options) -> None`` as a command of ``app``.

    Args:
        groups: further option groups; each field is an option that sets the setting of its name.
        name: the command's name; by default the function's.
        workspace: whether it works on a workspace, and so takes the options that choose one.
    """

    def register(body: Body) -> Body:
        taken = (*groups, *((WorkspaceFlags,) if workspace else ()))
        run = _with_options(body, taken)
        spoken = name or body.__name__.rstrip("_").replace("_", "-")
        app.command(spoken, cls=QuickCommand)(run)
        if spoken in SYNONYMS:
            app.command(SYNONYMS[spoken], cls=QuickCommand, hidden=True)(run)
        return body

    return register


def _with_options(body: Body, groups: tuple[type, ...]) -> Body:
    """A function for Typer: the body's parameters but its first, then every field of the groups."""
    own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own)]
    for group in (*groups, OutputFlags):
        parameters += [
            inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
            for each in fields(group)
        ]

    def run(ctx: typer.Context, **values: Any) -> None:
        flags = {each.name: values.pop(each.name) for group in groups for each in fields(group)}
        drawing = OutputFlags(**{each.name: values.pop(each.name) for each in fields(OutputFlags)})
        runtime = ctx.obj if isinstance(ctx.obj, Runtime) else Runtime()
        body(runtime.invocation(drawing, flags), **values)

    run.__doc__ = _flowing(inspect.getdoc(body) or "")
    run.__name__ = body.__name__
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _flowing(text: str) -> str:
    """A docstring whose prose breaks where the terminal does; indented lines, the examples, stay as they are."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(each if "\n " in each else each.replace("\n", " ") for each in paragraphs)


def verb() -> typer.Typer:
    """The home of a single command."""
    return typer.Typer(add_completion=False)


def noun(name: str) -> typer.Typer:
    """The group of a noun's verbs, under the summary that the catalog gives it."""
    return typer.Typer(cls=QuickGroup, help=BY_NAME[name].summary, no_args_is_help=True, add_completion=False)
