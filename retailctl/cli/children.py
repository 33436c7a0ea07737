"""Programs of the project that run as children: retailctl never imports training or serving."""

import subprocess
import sys

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.local import check_extra
from retailctl.errors import InvalidData, WorkFailed

_USAGE, _DATA = 2, 6
"""Exit codes that training's programs give a meaning."""


def run_module(cli: Invocation, module: str, *arguments: str, hint: str) -> str:
    """Run ``python -m module`` on the project's own code, and return what it said; its last line is what failed.

    Raises:
        typer.BadParameter: it did not take the arguments.
        InvalidData: it did not take the data.
        WorkFailed: it failed otherwise.
    """
    check_extra()
    root = str(cli.project.code_root)
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],  # -P: not what the present folder calls training
        env={**cli.runtime.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = _plain((done.stderr.strip() or done.stdout.strip()).splitlines()[-1:])
    if done.returncode == _USAGE:
        raise typer.BadParameter(said)
    if done.returncode:
        kind = InvalidData if done.returncode == _DATA else WorkFailed
        raise kind(said or f"{module} ended with {done.returncode} and said nothing", hint=hint)
    return done.stdout.strip()


def _plain(last: list[str]) -> str:
    """The last line without argparse's own prefix."""
    return last[0].rpartition("error: ")[2] if last else ""
