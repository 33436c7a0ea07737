"""Export to Application Insights through Azure Monitor's OpenTelemetry distribution: a span for each request, the
metrics, and log records of warnings and errors.

Off, and nothing of it imported, unless APPLICATIONINSIGHTS_CONNECTION_STRING is set. Nothing is sent anywhere but to
the ingestion endpoint that the connection string names.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from serving.exposition import Family
from serving.instruments import observe
from serving.logs import LOGGER, JsonLines, json_lines
from serving.metrics import ROUTES, Metrics
from serving.model import ModelHolder

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import Histogram
    from opentelemetry.trace import Tracer

CONNECTION_STRING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
SERVICE = "retail-forecast"
FLUSH_SECONDS = 3.0
"""How long the end of the process waits for what is not sent yet."""
LATENCY = "retail_request_duration_seconds"
"""The one metric that is recorded, not observed: OpenTelemetry observes no histograms."""
SHORTEST_SECRET = 8
"""A shorter value of the connection string is a word."""
SWITCHES = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
}
"""Off unless the environment says otherwise: the distribution's reports on itself, its settings from the network, and
its questions about the machine to the metadata service."""
INSTRUMENTED = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)
"""Libraries that the distribution would hook into; the service's own spans and metrics are all there is."""


class Export:
    """What one worker sends. ``active`` once the exporters run; they are started in a thread, as importing them takes
    longer than loading the model."""

    def __init__(self, metrics: Metrics, holder: ModelHolder, slot: str) -> None:
        self._metrics = metrics
        self._holder = holder
        self._slot = slot
        self._tracer: Tracer | None = None
        self._latency: Histogram | None = None

    @property
    def active(self) -> bool:
        return self._tracer is not None

    def start(self) -> None:
        """Begins to export where a connection string is set."""
        if os.environ.get(CONNECTION_STRING):
            threading.Thread(target=self._start, name="start-export", daemon=True).start()

    def close(self) -> None:
        """Sends what is left, for some seconds at most."""
        if self.active:
            _end()

    def request(self, scope: Mapping[str, Any], status: int, seconds: float, found: Mapping[str, Any]) -> None:
        """The span of an answered request, and its latency. ``found``: what the log line says of it."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        assert self._tracer is not None
        assert self._latency is not None
        now = time_ns()
        route = scope["path"] if scope["path"] in ROUTES else "other"
        span = self._tracer.start_span(
            f"{scope['method']} {route}",
            _parent(scope["headers"]),
            SpanKind.SERVER,
            attributes=self._attributes(scope, route, status, found),
            start_time=now - round(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now)
        self._latency.record(seconds, {"route": route, "status": str(status)})

    def _attributes(
        self, scope: Mapping[str, Any], route: str, status: int, found: Mapping[str, Any]
    ) -> dict[str, str | int]:
        """By the semantic conventions of HTTP servers; what is ours under ``retail``."""
        model = self._holder.loaded
        own = {"slot": self._slot, **(model.labels if model else {})}
        return {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": scope["scheme"],
            "url.path": scope["path"][:200],
            **{f"retail.{name}": value for name, value in found.items() if value is not None},
            **{f"retail.{name}": own[name] for name in ("slot", "name", "version") if own.get(name)},
        }

    def _start(self) -> None:
        secret = os.environ[CONNECTION_STRING]
        lines = json_lines()
        if lines is not None:
            lines.secrets = tuple(_secrets(secret))
        try:
            _configure(secret, self._slot)
            self._open()
        except Exception as error:  # whatever is wrong with it, forecasts are answered
            what = "is no connection string of Application Insights" if isinstance(error, ValueError) else "is not used"
            fields = {"setting": CONNECTION_STRING, "error": type(error).__name__}
            LOGGER.warning("nothing is exported: %s %s", CONNECTION_STRING, what, extra={"fields": fields})
        else:
            LOGGER.info("exporting to Application Insights")

    def _open(self) -> None:
        from opentelemetry import metrics, trace

        meter = metrics.get_meter(SERVICE)
        observe(meter, self._families)
        self._latency = meter.create_histogram(LATENCY, "s", "Time from request to answer, by route and status.")
        self._tracer = trace.get_tracer(SERVICE)

    def _families(self) -> Iterator[Family]:
        """This worker's own: those of all workers are added up where they are sent to."""
        ready = self._holder.state == "ready"
        mine = self._metrics.families(self._holder.loaded, ready=ready, worker=self._metrics.counters.index)
        return (family for family in mine if family.name != LATENCY)


def _configure(connection_string: str, slot: str) -> None:
    """Starts the distribution's exporters in this process. Raises ValueError for a wrong connection string."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    from azure.monitor.opentelemetry import configure_azure_monitor
    from opentelemetry.sdk.resources import Resource

    instance = f"{socket.gethostname()}:{os.getpid()}"
    resource = {"service.name": f"{SERVICE}-{slot}" if slot else SERVICE, "service.instance.id": instance}
    configure_azure_monitor(
        connection_string=connection_string,
        logger_name=LOGGER.name,
        resource=Resource.create(resource),
        enable_live_metrics=False,
        enable_performance_counters=False,
        disable_offline_storage=True,  # a container's disk is small, may be read-only, and its folder names the key
        instrumentation_options={name: {"enabled": False} for name in INSTRUMENTED},
    )
    for handler in _log_exporters():
        handler.setLevel(logging.WARNING)


def _parent(headers: Iterable[tuple[bytes, bytes]]) -> Context | None:
    """The caller's span, by W3C's `traceparent` (https://www.w3.org/TR/trace-context/)."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {
        name.decode(): value.decode("latin-1") for name, value in headers if name in (b"traceparent", b"tracestate")
    }
    return TraceContextTextMapPropagator().extract(carrier) if carrier else None


def _end() -> None:
    """Sends what is left. OpenTelemetry's own ending at the exit of the interpreter waits for an endpoint that does not
    answer, however long; it is taken back."""
    from opentelemetry import _logs, metrics, trace

    for handler in _log_exporters():
        LOGGER.removeHandler(handler)
    providers = (trace.get_tracer_provider(), metrics.get_meter_provider(), _logs.get_logger_provider())
    for provider in providers:
        atexit.unregister(provider.shutdown)  # type: ignore[union-attr]
    flushing = [threading.Thread(target=_flush, args=(provider,), daemon=True) for provider in providers]
    for thread in flushing:
        thread.start()
    deadline = monotonic() + FLUSH_SECONDS
    for thread in flushing:
        thread.join(max(0.0, deadline - monotonic()))


def _flush(provider: Any) -> None:
    with contextlib.suppress(Exception):  # the end of the process is not the place to complain
        provider.force_flush()


def _log_exporters() -> list[logging.Handler]:
    """What the distribution has added to the service's logger."""
    return [handler for handler in LOGGER.handlers if not isinstance(handler, JsonLines)]


def _secrets(connection_string: str) -> list[str]:
    """The whole, and the values of its fields that are no addresses."""
    values = (field.partition("=")[2].strip() for field in connection_string.split(";"))
    return [connection_string, *(value for value in values if len(value) >= SHORTEST_SECRET and "://" not in value)]
