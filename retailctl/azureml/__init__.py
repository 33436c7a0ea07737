"""The only package that talks to an Azure ML workspace: reads and traffic over a small ARM client, the rest by the SDK.

Import :class:`Workspace` from here; everything it hands out raises the errors of :mod:`retailctl.errors` and no other.
"""

from retailctl.azureml.workspace import Workspace

__all__ = ["Workspace"]
