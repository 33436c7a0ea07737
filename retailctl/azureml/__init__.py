"""The only package that talks to an Azure ML workspace: a small ARM client for most, the SDK for what it must write.

Import :class:`Workspace` from here. Whatever it hands out raises the errors of :mod:`retailctl.errors` alone.
"""

from retailctl.azureml.workspace import Workspace

__all__ = ["Workspace"]
