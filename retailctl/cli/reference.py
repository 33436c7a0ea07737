"""The parts of the README that are made from the code: commands, exit codes, settings.

    python -m retailctl.cli.reference README.md

writes each between its markers, ``<!-- commands:begin -->`` and ``<!-- commands:end -->``.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typer

from retailctl import errors
from retailctl.cli.catalog import ENTRIES, Entry
from retailctl.cli.commands.doctor import UNSOUND
from retailctl.cli.context import EXIT_WOULD_CHANGE
from retailctl.cli.failures import EXIT_BUG, EXIT_INTERRUPTED
from retailctl.config.settings import ROWS
from retailctl.errors import RetailctlError

SHARED_PANELS = ("Workspace", "Output")
"""Options that many commands share; told once, after the commands."""


def leaves() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full line, with Typer's object of it; synonyms are left out."""
    for entry in ENTRIES:
        if entry.hidden:
            continue
        found: Any = typer.main.get_command(entry.load())
        for name, command in getattr(found, "commands", {"": found}).items():
            if not command.hidden:
                yield f"{entry.name} {name}".strip(), command


def commands() -> str:
    """Each command with its summary and its own options, then the options that they share."""
    panels: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        panels.setdefault(entry.panel, []).append(entry)
    told = dict(leaves())
    lines: list[str] = []
    for panel, entries in panels.items():
        rows = [row for entry in entries if not entry.hidden for row in _rows(entry.name, told)]
        lines += [f"**{panel}**", "", *_table(("command", "does", "own options"), rows), ""]
    lines += ["**Shared options**", "", *_table(("option", "meaning"), _shared(told))]
    return "\n".join(lines)


def exit_codes() -> str:
    """Each exit code, and the error codes that ``-o json`` shows with it."""
    rows = [("0", "", "done; an empty list too")]
    families = sorted(RetailctlError.__subclasses__(), key=lambda kind: kind.exit_code)
    members = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    for family in families:
        codes = ", ".join(f"`{kind.code}`" for kind in members if issubclass(kind, family))
        rows.append((str(family.exit_code), codes, _sentence(family.__doc__)))
    rows += [
        (str(UNSOUND), "", "with `doctor`: a finding would stop a release"),
        ("2", "`usage`", "a wrong command line, or a question with nobody to answer it"),
        (str(EXIT_WOULD_CHANGE), "", "with `--dry-run --exit-code`: something would change"),
        (str(EXIT_BUG), "`internal-error`", "a fault of retailctl; the trace is saved"),
        (str(EXIT_INTERRUPTED), "`interrupted`", "Ctrl-C; it says what goes on in the workspace"),
    ]
    return "\n".join(_table(("exit", "codes", "meaning"), sorted(rows, key=lambda row: int(row[0]))))


def settings() -> str:
    """Each setting with its default and the variables it may come from."""
    rows = []
    for row in ROWS:
        variables = f"`{row.variable}`" + (f", `{row.unprefixed}`" if row.unprefixed else "")
        rows.append((f"`{row.name}`", _code(row.default), variables, row.meaning))
    return "\n".join(_table(("setting", "default", "environment", "meaning"), rows))


PARTS: dict[str, Callable[[], str]] = {"commands": commands, "exit-codes": exit_codes, "settings": settings}


def refresh(text: str) -> str:
    """``text`` with every marked part made anew."""
    for name, make in PARTS.items():
        marked = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        text = marked.sub(partial(_between, make()), text)
    return text


def _between(part: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{part}\n{marks[2]}"


def _rows(name: str, told: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for line, command in told.items():
        if line.split()[0] == name:
            arguments = " ".join(_argument(each) for each in command.params if each.param_type_name == "argument")
            options = ", ".join(f"`{'/'.join(each.opts)}`" for each in _options(command, shared=False))
            yield f"`{f'{line} {arguments}'.strip()}`", _sentence(command.help), options


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name).upper()
    name = name + "..." if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def _options(command: Any, *, shared: bool) -> Iterator[Any]:
    for each in command.params:
        is_shared = each.rich_help_panel in SHARED_PANELS
        if each.param_type_name == "option" and not each.hidden and is_shared is shared:
            yield each


def _shared(told: dict[str, Any]) -> list[tuple[str, ...]]:
    found = {"/".join(each.opts): each.help for command in told.values() for each in _options(command, shared=True)}
    return [(f"`{option}`", help_text) for option, help_text in found.items()]


def _sentence(text: str | None) -> str:
    return (text or "").strip().split("\n\n")[0].replace("\n", " ").rstrip(".")


def _code(value: object) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [headings, tuple("---" for _ in headings), *cells]
    return [f"| {' | '.join(line)} |" for line in lines]


def main() -> None:
    """Refresh the files named on the command line."""
    for name in sys.argv[1:]:
        file = Path(name)
        file.write_text(refresh(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
