"""Typer commands and groups that load no more than the command line at hand needs."""

from typing import Any, get_args, get_origin

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from retailctl.cli.catalog import BY_NAME


class _Ready:
    """Converts a parameter's text, without loading Typer's converter when there is nothing to convert.

    That converter is pydantic, 70 ms of a command that should take 400; text is right as it came.
    """

    def __init__(self, parameter: Any) -> None:
        self._typers = parameter.get_runtime_param
        wanted = parameter.type_descriptor.annotation
        self._kind = get_args(wanted)[0] if get_origin(wanted) is list else wanted

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        if all(type(item) is self._kind for item in (value if many else (value,))):
            return value
        if self._kind is int and str(value).isdecimal() and param.min is None and param.max is None:
            return int(value)
        return self._typers().coerce(value, param=param, ctx=ctx)


def _quick(parameters: list[Any]) -> list[Any]:
    """The parameters with cheap conversion; where a release of Typer converts in another way, that is left alone."""
    for each in parameters:
        if hasattr(each, "get_runtime_param") and "get_runtime_param" not in vars(each):
            ready = _Ready(each)
            each.get_runtime_param = lambda ready=ready: ready
        if getattr(each, "is_flag", False) and each.metavar is None:
            each.metavar = ""  # Typer's help would say <bool>, as if the flag took a value
        if getattr(each, "param_type_name", "") == "argument":
            each.display_type_rich = lambda ctx: None  # beside NAME it would say <str>
    return parameters


class QuickCommand(TyperCommand):
    """A command whose plain-text options cost nothing to convert."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's parameters, --help included."""
        return _quick(super().get_params(ctx))


class QuickGroup(TyperGroup):
    """A group whose own options cost nothing to convert."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The group's parameters, --help included."""
        return _quick(super().get_params(ctx))


class LazyGroup(QuickGroup):
    """The root: its help is drawn from the catalog; a command's module is imported when the command is named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command named by ``args``, now loaded, and the arguments left for it."""
        name, found, rest = super().resolve_command(ctx, args)
        entry = BY_NAME.get(name or "")
        return (name, get_command(entry.load()), rest) if entry else (name, found, rest)
