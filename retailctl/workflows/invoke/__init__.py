"""Requests to the endpoint: where a body comes from, sending it, and what the answer means."""

from retailctl.workflows.invoke.answers import content, failure
from retailctl.workflows.invoke.body import Body, read_body
from retailctl.workflows.invoke.call import InvokeRequest, InvokeResult, invoke
from retailctl.workflows.invoke.latency import Latency
from retailctl.workflows.invoke.sample import sample_body

__all__ = [
    "Body",
    "InvokeRequest",
    "InvokeResult",
    "Latency",
    "content",
    "failure",
    "invoke",
    "read_body",
    "sample_body",
]
