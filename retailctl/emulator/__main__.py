"""`python -m retailctl.emulator serve`: the local Azure ML in the foreground.

    serve --state DIR [--port N] [--runners FILE] [--runner auto|docker|process] [--pace PACE]
          [--log FILE] [--report-to FD]

Exit codes: 0 stopped by a signal, 1 cannot serve (one line says why). With --log, what it says goes into a file that
is rotated, instead of to stderr. With --report-to, the connection, or the reason that there is none, is written there
as JSON, for the process that started this one.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import EmulatorError
from retailctl.emulator.server_log import ServerLog

_GARBAGE_THRESHOLDS = (700, 10, 2)  # the last is 10 by default
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retailctl.emulator", description="The local Azure ML.")
    serve = parser.add_subparsers(required=True, metavar="serve").add_parser("serve", help="serve a state folder")
    serve.add_argument("--state", type=Path, required=True, help="folder that keeps everything")
    serve.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 keeps the last one while it is free")
    serve.add_argument("--runners", type=Path, help="JSON table of what stands for an image")
    serve.add_argument("--runner", choices=["auto", "docker", "process"], default="auto", help="what runs images")
    paces = ["immediate", "realistic", "manual"]
    serve.add_argument("--pace", choices=paces, help="how fast things happen; the last one unless said")
    versions = serve.add_mutually_exclusive_group()
    versions.add_argument("--strict", dest="loose", action="store_false", help="refuse unknown api-versions (default)")
    versions.add_argument("--loose", action="store_true", help="answer unknown api-versions, with a warning")
    serve.add_argument("--log", type=Path, help="file to log into, rotated at 5 MiB; stderr unless said")
    serve.add_argument("--report-to", type=int, help=argparse.SUPPRESS)
    return parser


class _Reporter:
    """Tells the starting process, once, how it went."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell(self, report: dict[str, Any]) -> None:
        """Write the report and hang up."""
        if self._descriptor is None:
            return
        with os.fdopen(self._descriptor, "wb") as file:
            file.write(json.dumps(report).encode())
        self._descriptor = None


def main(arguments: list[str] | None = None) -> int:
    """Serve; returns the exit code."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    log = ServerLog(options.log) if options.log else logging.StreamHandler()
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT, handlers=[log])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # The server passes the signal that ended it on to who had it before; by default that would skip the clearing up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    reporter = _Reporter(options.report_to)
    try:
        _serve(options, reporter)
    except EmulatorError as error:
        reporter.tell({"error": {"code": error.code, "message": error.message}})
        logging.getLogger("retailctl.emulator").error("%s %s", error.message, error.hint)
        return 1
    return 0


def _end(number: int, frame: object) -> None:
    raise SystemExit(0)


def _serve(options: argparse.Namespace, reporter: _Reporter) -> None:
    from retailctl.emulator.server import ServerOptions, run
    from retailctl.emulator.workspace import runner_table

    table = runner_table(options.runners)
    server_options = ServerOptions(
        options.state, options.port, table, options.pace, runner=options.runner, loose=options.loose
    )

    def ready(connection: Connection) -> None:
        reporter.tell({"connection": connection})
        _collect_often()

    run(server_options, ready)


def _collect_often() -> None:
    """Look for garbage among what requests leave, often; what the start has made stays anyway.

    An answer that its client did not take is garbage with the part of a blob that it held.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


if __name__ == "__main__":
    sys.exit(main())
