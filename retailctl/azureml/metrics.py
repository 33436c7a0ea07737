"""What a slot did, from Azure Monitor: requests, failures, latency."""

from __future__ import annotations

from datetime import datetime

from retailctl.domain.resources import SlotMetrics


class MetricsClient:
    """Reads an endpoint's metrics by slot."""

    def slot_metrics(self, endpoint: str, slot: str, since: datetime, until: datetime) -> SlotMetrics:
        """Requests, failures and latency of one slot between two moments (aware, grain one minute)."""
        raise NotImplementedError
