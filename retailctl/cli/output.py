"""The one sink for words: the result goes to stdout, everything else to stderr; only here do the modes differ."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import typer

from retailctl.cli.options import OutputFlags
from retailctl.cli.paint import Paint, wants_colour
from retailctl.cli.runtime import Streams
from retailctl.cli.table import Block, Fields, Table, draw
from retailctl.errors import Declined, InvalidInput
from retailctl.workflows.plain import Plain, plain

T = TypeVar("T")
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


class NobodyToAsk(typer.TyperException):
    """A question came up where nobody can answer it; a wrong command line, for ``--yes`` was missing."""

    exit_code = 2
    hint = "the same line with --yes"

    def __init__(self, question: str) -> None:
        super().__init__(f"{question} There is no terminal to ask on: add --yes")


class Output:
    """Shows results, hints and questions in the form that was asked for."""

    def __init__(self, flags: OutputFlags, streams: Streams, environ: Mapping[str, str]) -> None:
        _check_query(flags.query)
        self.flags = flags
        self.streams = streams
        self.mode = flags.output or ("name" if flags.quiet else "table")
        self.paint = Paint(wants_colour(streams.stdout, environ, no_color=flags.no_color))
        self.paint_err = Paint(wants_colour(streams.stderr, environ, no_color=flags.no_color))

    @property
    def for_people(self) -> bool:
        """Whether somebody reads the result, and no program."""
        return self.mode == "table" and not self.flags.query

    @property
    def width(self) -> int | None:
        """Columns of the terminal that stdout is; None off a terminal."""
        return shutil.get_terminal_size().columns if self.streams.stdout.isatty() else None

    def result(
        self,
        value: T,
        view: Callable[[T], Iterable[Block]] | None = None,
        *,
        name: Callable[[T], str] | None = None,
    ) -> None:
        """The one result of a command.

        Args:
            value: whatever :func:`retailctl.workflows.plain.plain` takes.
            view: draws it for people; without one, its fields are shown.
            name: what ``-o name`` prints of it; by default its ``name``, with its ``version``.
        """
        if self.mode == "none":
            return
        if self.mode == "name" and name is not None and not self.flags.query:
            self.write("".join(line + "\n" for line in [name(value)] if line))
        elif self.for_people and view is not None:
            self.blocks(view(value))
        else:
            self.write(_written(self.mode, _queried(plain(value), self.flags.query), self))

    def blocks(self, blocks: Iterable[Block]) -> None:
        """Blocks of a table-mode result, one under the other."""
        lines = [line for block in blocks for line in draw(block, self.paint, self.width)]
        self.write("".join(line + "\n" for line in lines))

    def screen(self, blocks: Iterable[Block]) -> None:
        """Blocks in place of what the terminal shows, without a flicker."""
        lines = [line for block in blocks for line in draw(block, self.paint, self.width)]
        self.write(_HOME + "".join(f"{line}{_REST_OF_LINE}\n" for line in lines) + _REST_OF_SCREEN)

    def preview(self, blocks: Iterable[Block]) -> None:
        """Blocks that come before a question, and so go to stderr; for people only."""
        if self.for_people:
            for block in blocks:
                self.say("\n".join(draw(block, self.paint_err, self.width)))

    def record(self, value: object) -> None:
        """One of the results of a command that has several: a line of JSON, an item of YAML."""
        if self.mode == "none":
            return
        found = _queried(plain(value), self.flags.query)
        if self.mode == "json":
            self.write(json.dumps(found, ensure_ascii=not self._unicode) + "\n")
        else:
            self.write(_written(self.mode, [found] if self.mode == "yaml" else found, self))

    def lines(self, texts: Iterable[str], *, prefix: str = "", **facts: object) -> None:
        """Lines of a log that is the result; for programs an object each, with where it comes from."""
        if self.flags.query or self.mode in ("json", "yaml"):
            for text in texts:
                self.record({**facts, "line": text})
        elif self.mode != "none":
            self.write("".join(f"{prefix}{text}\n" for text in texts))

    def write(self, words: str) -> None:
        """Exactly ``words`` on stdout; a reader that has gone ends the command in peace."""
        try:
            self.streams.stdout.write(words)
            self.streams.stdout.flush()
        except BrokenPipeError as error:
            self._forget_stdout()
            raise typer.Exit(0) from error

    def say(self, words: str, *styles: str) -> None:
        """A remark, on stderr, kept back by ``-q``."""
        if not self.flags.quiet:
            self.complain(self.paint_err(words, *styles))

    def next(self, line: str | None) -> None:
        """The command that probably comes next; for people only."""
        if line and self.for_people:
            self.say(f"Next: {line}", "dim")

    def more(self, cut: bool, limit: int) -> None:
        """Say that a list was cut."""
        if cut and self.for_people:
            self.say(f"the first {limit}; --limit shows more", "dim")

    def complain(self, words: str) -> None:
        """Exactly ``words`` on stderr."""
        try:
            self.streams.stderr.write(words + "\n")
            self.streams.stderr.flush()
        except BrokenPipeError:
            return

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be undone.

        Raises:
            NobodyToAsk: stdin is no terminal, and ``--yes`` was not given.
            Declined: the answer was no.
        """
        if yes:
            return
        if not self.streams.stdin.isatty():
            raise NobodyToAsk(question)
        self.streams.stderr.write(f"{question} [y/N] ")
        self.streams.stderr.flush()
        if self.streams.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Declined("nothing was changed", reason="the answer was no")

    @property
    def _unicode(self) -> bool:
        return (getattr(self.streams.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"

    def _forget_stdout(self) -> None:
        """Point stdout at nothing, so that closing it does not fail a second time."""
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.streams.stdout.fileno())
        except (OSError, ValueError):
            return


def _check_query(query: str | None) -> None:
    """Refuse what is no query before anything is done whose result could then not be shown.

    Raises:
        InvalidInput: it is not JMESPath.
    """
    if query is not None:
        import jmespath

        with _refusing(query):
            jmespath.compile(query)


def _queried(value: Plain, query: str | None) -> Plain:
    if query is None:
        return value
    import jmespath

    with _refusing(query):  # a function may still be given what it does not take
        found: Plain = jmespath.search(query, value)
    return found


@contextmanager
def _refusing(query: str) -> Iterator[None]:
    import jmespath

    try:
        yield
    except jmespath.exceptions.JMESPathError as error:
        raise InvalidInput(
            f"--query {query!r} is not JMESPath",
            reason=str(error).splitlines()[0],
            hint="see https://jmespath.org; for example --query '[].name'",
        ) from error


def _written(mode: str, value: Plain, out: Output) -> str:
    if mode == "json":
        return json.dumps(value, indent=2, ensure_ascii=not out._unicode) + "\n"
    if mode == "yaml":
        import yaml

        return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=out._unicode))
    rows: Sequence[Plain] = value if isinstance(value, list) else [] if value is None else [value]
    if mode == "name":
        return "".join(f"{name}\n" for name in map(_name, rows) if name)
    if mode == "tsv":
        return "".join("\t".join(_tab_separated(row)) + "\n" for row in rows)
    return "".join(line + "\n" for line in draw(_any(value), out.paint, out.width))


def _name(row: Plain) -> str:
    if not isinstance(row, dict):
        return _one_line(row)
    name = row.get("name")
    version = row.get("version")
    return f"{name}:{version}" if version is not None else _one_line(name)


def _tab_separated(row: Plain) -> list[str]:
    values = list(row.values()) if isinstance(row, dict) else row if isinstance(row, list) else [row]
    return [_one_line(value) for value in values]


def _one_line(value: Plain) -> str:
    """A value in one field of a line: tabs and line ends would be taken for separators."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\t", " ").replace("\r", "").replace("\n", " ")
    return json.dumps(value, ensure_ascii=False)


def _any(value: Plain) -> Block:
    """Some value, when nobody said how to draw it (or ``--query`` made it)."""
    if isinstance(value, dict):
        return Fields([(key, _shown(item)) for key, item in value.items()])
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        rows = [row for row in value if isinstance(row, dict)]
        keys = list(dict.fromkeys(key for row in rows for key in row))
        return Table([key.upper() for key in keys], [[_shown(row.get(key)) for key in keys] for row in rows])
    if isinstance(value, list):
        return "\n".join(str(_shown(item)) for item in value)
    return str(_shown(value))


def _shown(value: Plain) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
