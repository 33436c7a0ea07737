"""The errors of reading data. A job that meets one ends with exit code 6."""

from __future__ import annotations


class DataError(Exception):
    """The data breaks the contract; the message names file, row, column, value and what was expected."""


class NotEnoughMemory(DataError):
    """The data does not fit into the memory that is left; the message has the figures and the next step."""
