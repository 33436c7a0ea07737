"""`python -m retailctl.emulator.router`: started by RouterClient, ends with it."""

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import resource
import socket
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from retailctl.emulator.router import control
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.server import Router

_GARBAGE_THRESHOLD = 20_000  # objects; the default of 700 would look for cycles every few requests
_MOST_FILES = 65_536


def main() -> None:
    """Run until the control socket closes."""
    parser = argparse.ArgumentParser(prog="python -m retailctl.emulator.router")
    parser.add_argument("--control-fd", type=int, required=True, help="socket of the owner, inherited")
    parser.add_argument("--log-folder", type=Path, required=True)
    parser.add_argument("--limits", type=json.loads, default={}, help="fields of Limits as JSON")
    arguments = parser.parse_args()
    os.umask(0o077)
    logging.raiseExceptions = False  # a full disk is no reason to write tracebacks
    _allow_many_files()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 20)
    _run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> None:
    owner = socket.socket(fileno=arguments.control_fd)
    reader, writer = await asyncio.open_unix_connection(sock=owner, limit=control.LONGEST_LINE)
    router = Router(arguments.log_folder, Limits(**arguments.limits), partial(control.tell, writer))
    names = ("listen", "apply", "inject", "metrics", "inflight", "inflight_on", "stop")
    try:
        await control.serve(reader, writer, {name: getattr(router, name) for name in names})
    except ConnectionError:  # the owner was killed in the middle of a line
        return


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(coroutine)
    else:
        uvloop.run(coroutine)


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit that it does not tell
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


if __name__ == "__main__":
    main()
