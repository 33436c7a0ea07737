"""What is written down of every request: the counts of its slot's minute, and a line of the access log.

Lines are made several at a time: alone, between two waits for the network, each costs several times as much.
"""

import time

from retailctl.emulator.router.access_log import AccessLog
from retailctl.emulator.router.admission import Admission

_LINES_TOGETHER = 32


class Record:
    """One request as it will be written down; filled while it is served."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "client_request_id",
        "method",
        "model_status",
        "request_id",
        "started_s",
        "status",
    )

    def __init__(self, method: bytes, started_s: float, request_id: str, client_request_id: str) -> None:
        self.method = method
        self.started_s = started_s  # monotonic; the event loop's clock is too coarse under uvloop
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.status = 0
        self.model_status: int | None = None
        self.bytes_in = 0
        self.bytes_out = 0


class Recorder:
    """Writes records down."""

    def __init__(self, access_log: AccessLog) -> None:
        self._access_log = access_log
        self._unwritten: list[tuple[str, Record, str, float, float, bool]] = []
        self._second = 0
        self._second_text = ""

    def finish(self, record: Record, admission: Admission, *, mirrored: bool = False) -> None:
        """Count the request and remember its line.

        One for an unknown endpoint leaves no trace, or names could fill the disk.
        """
        endpoint = admission.endpoint
        if endpoint is None:
            return
        slot = admission.copy_to if mirrored else admission.slot
        series = endpoint.unassigned
        if slot is not None:
            series = slot.copy_series if mirrored else slot.series
        now_s = time.time()
        latency_ms = (time.monotonic() - record.started_s) * 1000
        series.record(now_s, record.status, record.model_status, latency_ms, record.bytes_in, record.bytes_out)
        self._unwritten.append((endpoint.name, record, slot.name if slot else "", now_s, latency_ms, mirrored))
        if len(self._unwritten) >= _LINES_TOGETHER:
            self.write_lines()

    def write_lines(self) -> None:
        """Give the access log the lines that it has not got; before its endpoints change, too."""
        for endpoint, record, slot, now_s, latency_ms, mirrored in self._unwritten:
            entry = {
                "time": self._timestamp(now_s),
                "slot": slot,
                "method": record.method.decode("latin-1"),
                "status": record.status,
                "modelStatusCode": record.model_status,
                "latencyMs": round(latency_ms, 3),
                "bytesIn": record.bytes_in,
                "bytesOut": record.bytes_out,
                "xRequestId": record.request_id,
                "xMsClientRequestId": record.client_request_id,
                "mirrored": mirrored,
            }
            self._access_log.add(endpoint, entry)
        self._unwritten.clear()

    def _timestamp(self, now_s: float) -> str:
        """ISO 8601 in UTC with milliseconds; the text of a second is made once."""
        second = int(now_s)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{int((now_s - second) * 1000):03d}Z"
