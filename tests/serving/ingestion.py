"""An ingestion endpoint of Application Insights on 127.0.0.1: takes envelopes and keeps them
(https://learn.microsoft.com/azure/azure-monitor/app/api-custom-events-metrics: POST /v2.1/track)."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "3f1b9c04-7a52-4d0e-9a3c-6f5d2e8b1c77"


class Ingestion:
    """``connection_string`` leads here; ``of`` gives what came, by its base type."""

    def __init__(self, port: int) -> None:
        self.connection_string = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{port}/"
        self.envelopes: list[dict[str, Any]] = []

    def of(self, base_type: str) -> list[dict[str, Any]]:
        """baseData of all envelopes of a type: RequestData, MetricData, MessageData, ExceptionData."""
        found = [envelope["data"] for envelope in list(self.envelopes)]
        return [data["baseData"] for data in found if data["baseType"] == base_type]


@contextmanager
def ingestion() -> Iterator[Ingestion]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.taken = taken = Ingestion(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        envelopes = json.loads(body)
        self.server.taken.envelopes.extend(envelopes)  # type: ignore[attr-defined]
        answer = json.dumps({"itemsReceived": len(envelopes), "itemsAccepted": len(envelopes), "errors": []}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing of it is of interest."""
