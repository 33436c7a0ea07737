"""`python -m serving --port 8080`: serves the model in AZUREML_MODEL_DIR until SIGTERM.

Exit codes: 0 after an orderly end, 1 when the port cannot be bound, 2 for a wrong argument or setting.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from serving.app import create_app
from serving.counters import Counters
from serving.logs import LOGGER, set_up_logs
from serving.metrics import Metrics
from serving.model import ModelHolder
from serving.server import DrainingServer, allow_connections, listen
from serving.settings import InvalidSetting, Settings
from serving.workers import Workers

SWITCH_SECONDS = 0.001
"""How long a thread of a large forecast may keep the interpreter while the event loop wants it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m serving", description="Serve forecasts over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on, 0 = any free one (default: 8080)")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        settings = Settings.from_environment()
    except InvalidSetting as error:
        parser.exit(2, f"error: {error}\n")
    set_up_logs(settings.log_level, settings.slot)
    try:
        listener = listen(options.host, options.port, settings.receive_seconds)
    except (OSError, OverflowError) as error:
        parser.exit(1, f"error: cannot listen on {options.host}:{options.port}: {error}\n")
    allow_connections(settings.max_connections)
    host, port = listener.getsockname()[:2]
    LOGGER.info("listening", extra={"fields": {"host": host, "port": port}})
    sys.setswitchinterval(SWITCH_SECONDS)
    holder = ModelHolder(settings.model_dir, settings.max_series)
    service = _Service(settings, holder, listener, Counters(settings.workers))
    if settings.workers > 1:
        workers = Workers(settings.workers, service.run_worker)
        holder.load()
        workers.run()
    else:
        service.run()
    LOGGER.info("stopped")
    return 0


def _end(_: int, __: FrameType | None) -> None:
    """What a signal does until the server, or the workers' parent, listens to it. Nothing is in flight yet."""
    LOGGER.info("stopped")
    sys.exit(0)


@dataclass(frozen=True, slots=True)
class _Service:
    """What all workers have in common."""

    settings: Settings
    holder: ModelHolder
    listener: socket.socket
    counters: Counters

    def run_worker(self, index: int) -> None:
        self.counters.claim(index)
        self.run()

    def run(self) -> None:
        metrics = Metrics(self.counters)
        app = create_app(self.settings, self.holder, metrics)
        DrainingServer(app, self.settings, metrics, self.holder.drain).run(sockets=[self.listener])


if __name__ == "__main__":
    sys.exit(main())
