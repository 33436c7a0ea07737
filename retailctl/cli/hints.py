"""Hints as they have to be typed: a command that comes next works on what this command line worked on.

Whoever writes a hint names the command. Which profile, endpoint or data this line was about is added here, to each
command of the hint that takes it; otherwise ``--profile prod`` would be followed by a hint for another workspace.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from retailctl.cli.catalog import BY_NAME

_COMMAND = re.compile(r"\bretailctl ([a-z-]+)(?: ([a-z-]+))?")
_SAME = re.compile(r"the same line with (--[a-z-]+)(?: ([^\s,;]+))?")


class Hints:
    """Completes the commands in hints with the settings that a command line named.

    Args:
        arguments: the command line, without ``retailctl``.
        flags: gives setting -> what the line said of it; asked for each hint, for it may become known late.
    """

    def __init__(self, arguments: Sequence[str], flags: Callable[[], Mapping[str, object | None]]) -> None:
        self._arguments = arguments
        self._flags = flags

    def __call__(self, text: str) -> str:
        """``text``, its commands completed; a flag that a command has already stays as it is."""
        return _SAME.sub(lambda found: self._same_line(found[1], found[2]), self._completed(text))

    def _completed(self, text: str) -> str:
        said = {name: str(value) for name, value in self._flags().items() if value is not None}
        commands = list(_COMMAND.finditer(text))
        if not said or not commands:
            return text
        ends = [*(each.start() for each in commands[1:]), len(text)]
        pieces = (text[each.start() : end] for each, end in zip(commands, ends, strict=True))
        completed = (_with_flags(each, piece, said) for each, piece in zip(commands, pieces, strict=True))
        return text[: commands[0].start()] + "".join(completed)

    def _same_line(self, flag: str, value: str | None) -> str:
        words = list(self._arguments)
        if flag in words:
            at = words.index(flag)
            del words[at : at + (1 if value is None else 2)]
        return shlex.join(["retailctl", *words, flag, *([] if value is None else [value])])


def _with_flags(command: re.Match[str], piece: str, said: Mapping[str, str]) -> str:
    """One command of a hint, with the words that follow it."""
    words, taken = _known(command[1], command[2])
    written = piece.split()
    flags = {_flag(name): value for name, value in said.items() if name in taken}
    new = [word for flag, value in flags.items() if flag not in written for word in (flag, value)]
    head = "retailctl " + " ".join(words)
    return head + (" " + shlex.join(new) if new else "") + piece[len(head) :]


def _known(first: str, second: str | None) -> tuple[list[str], frozenset[str]]:
    """The words that name the command, and the settings it takes: what a body calls its option is another matter."""
    from typer.main import get_command

    entry = BY_NAME.get(first)
    if entry is None:
        return [first], frozenset()
    found: Any = get_command(entry.load())
    words = [first]
    if second in getattr(found, "commands", {}):
        found, words = found.commands[second], [first, str(second)]
    return words, frozenset(str(each.name) for each in found.params)


def _flag(setting: str) -> str:
    from retailctl.config.settings import BY_NAME as SETTINGS  # which the root's help has no need of

    return SETTINGS[setting].flag if setting in SETTINGS else f"--{setting}"
