"""How failures are shown: a few lines for people, one JSON object for programs, a saved trace for faults of ours."""

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import typer

from retailctl.cli.paint import Paint, wants_colour
from retailctl.errors import InvalidInput, RetailctlError, Unavailable

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNUSABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS),  # not allowed
    *(errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),  # not what it should be
)


class Failures:
    """Shows failures on stderr in the form that the command line asked for.

    The form is read off the arguments themselves, for a wrong command line fails before it is parsed.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        stderr: TextIO,
        spell: Callable[[str], str] = str,
    ) -> None:
        self._spell = spell
        self._as_json = output_asked_for(arguments, environ) == "json"
        self._debug = "--debug" in arguments
        self._stderr = stderr
        self._paint = Paint(wants_colour(stderr, environ, no_color="--no-color" in arguments))

    def known(self, error: RetailctlError) -> int:
        """A failure of the family; returns its exit code."""
        if self._debug:
            self._write(_chain(error))
        document = {"code": error.code, "message": error.message, "reason": error.reason, "hint": error.hint}
        details = dict(error.details)
        request_id = details.pop("requestId", None)
        self._show({**document, "details": details, "requestId": request_id})
        return error.exit_code

    def usage(self, error: typer.TyperException) -> int:
        """A wrong command line; returns its exit code."""
        message = error.format_message().rstrip(".")
        near: Sequence[str] | None = getattr(error, "possibilities", None)
        message = message.partition(" (Possible options")[0]
        if not message:
            return error.exit_code  # a group without a command: Typer has shown its help
        context: Any = getattr(error, "ctx", None)
        command = context.command_path if context else "retailctl"
        reason = f"did you mean {' or '.join(sorted(near))}?" if near else None
        if context and context.parent is None and hasattr(error, "option_name") and not near:
            reason = "options follow the command that they belong to"
        if reason is None and context:
            reason = context.get_usage()
        self._show(
            {
                "code": "usage",
                "message": message,
                "reason": reason,
                "hint": getattr(error, "hint", f"{command} --help"),
                "details": {},
            }
        )
        return error.exit_code

    def bug(self, error: BaseException) -> int:
        """A fault of retailctl itself: one line and the path of a saved trace."""
        trace = _chain(error)
        if self._debug:
            self._write(trace)
        message = f"retailctl failed unexpectedly ({type(error).__name__})"
        saved = _save(trace)
        self._show(
            {
                "code": "internal-error",
                "message": message,
                "reason": f"the trace is in {saved}" if saved else "the trace could not be saved; --debug shows it",
                "hint": "report it with that file; it holds no secret that retailctl knows of",
                "details": {"trace": saved},
            }
        )
        return EXIT_BUG

    def interrupted(self, underway: Mapping[str, str]) -> int:
        """Ctrl-C: what goes on in the workspace, and how to look at it."""
        looks = list(dict.fromkeys(underway.values()))
        goes_on = f"; {' and '.join(underway)} goes on in the workspace" if underway else ""
        if self._stderr.isatty() and not self._as_json:
            self._write("")  # the terminal has shown ^C on the line of the cursor
        self._show(
            {
                "code": "interrupted",
                "message": f"stopped{goes_on}",
                "reason": None,
                "hint": ", or ".join(looks) if looks else None,
                "details": {"underway": list(underway)},
            },
            label="Interrupted:",
        )
        return EXIT_INTERRUPTED

    def _show(self, failure: Mapping[str, Any], label: str = "Error:") -> None:
        document = {**failure, "hint": failure["hint"] and self._spell(failure["hint"])}
        if self._as_json:
            import json

            self._write(json.dumps({"requestId": None, **document}))
            return
        lines = [f"{self._paint(label, 'red', 'bold')} {document['message']}"]
        if document["reason"]:
            lines.append(str(document["reason"]))
        lines += [self._paint(f"  │ {line}", "dim") for line in str(document["details"].get("log", "")).splitlines()]
        if document.get("requestId"):
            lines.append(f"Request id: {document['requestId']}")
        if document["hint"]:
            lines.append(f"{self._paint('Next:', 'bold')} {document['hint']}")
        self._write("\n".join(lines))

    def _write(self, words: str) -> None:
        try:
            self._stderr.write(words + "\n")
            self._stderr.flush()
        except BrokenPipeError:
            return


def output_asked_for(arguments: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The output mode of a command line, whether or not the rest of it can be parsed."""
    for index, word in enumerate(arguments):
        if word in ("-o", "--output"):
            return arguments[index + 1] if index + 1 < len(arguments) else None
        if word.startswith("--output="):
            return word.removeprefix("--output=")
        if word.startswith("-o") and not word.startswith("--"):
            return word.removeprefix("-o").removeprefix("=")
    return environ.get("RETAILCTL_OUTPUT")


def of_this_machine(error: OSError) -> RetailctlError | None:
    """The failure that a user can do something about, where the operating system refused; None: a fault of ours."""
    from retailctl.config.project import STATE_VARIABLE

    file = error.filename2 or error.filename  # of a copy, the second one is written
    where = f" {file}" if file else ""
    if error.errno in _FULL:
        return Unavailable(f"cannot write{where}: the disk is full", hint="make room, then run the command again")
    if error.errno in _UNUSABLE and file:
        return InvalidInput(
            f"cannot use{where}",
            reason=error.strerror,
            hint=f"correct that, or choose another place (for state, {STATE_VARIABLE}=DIR)",
        )
    if error.errno == errno.ENOENT and not _has_folder():
        return InvalidInput("the present folder does not exist any more", hint="cd into one that does")
    return None


def _has_folder() -> bool:
    try:
        return Path.cwd().is_dir()
    except FileNotFoundError:
        return False


def _chain(error: BaseException) -> str:
    import traceback

    from retailctl.domain.redaction import scrub

    return scrub("".join(traceback.format_exception(error)))


def _save(trace: str) -> str | None:
    """Write the trace where only its owner can read it."""
    import tempfile

    try:
        descriptor, path = tempfile.mkstemp(prefix="retailctl-trace-", suffix=".txt")  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"python {sys.version}\n{trace}")
    except OSError:
        return None
    return path
