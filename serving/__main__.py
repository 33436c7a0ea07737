"""`python -m serving --port 8080`: serves the model in AZUREML_MODEL_DIR until SIGTERM.

Exit codes: 0 after an orderly end, 1 when the port cannot be bound, 2 for a wrong argument or setting.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence

from serving.app import create_app
from serving.logs import LOGGER, set_up_logs
from serving.model import ModelHolder
from serving.server import DrainingServer
from serving.settings import InvalidSetting, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m serving", description="Serve forecasts over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on, 0 = any free one (default: 8080)")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
    except InvalidSetting as error:
        parser.exit(2, f"error: {error}\n")
    set_up_logs(settings.log_level, settings.slot)
    try:
        listener = _listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        parser.exit(1, f"error: cannot listen on {options.host}:{options.port}: {error}\n")
    host, port = listener.getsockname()[:2]
    holder = ModelHolder(settings.model_dir, settings.max_series)
    server = DrainingServer(create_app(settings, holder), settings, on_drain=holder.drain)
    LOGGER.info("listening", extra={"fields": {"host": host, "port": port}})
    server.run(sockets=[listener])
    LOGGER.info("stopped")
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


if __name__ == "__main__":
    sys.exit(main())
