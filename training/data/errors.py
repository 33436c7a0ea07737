"""The one error of reading data. A job that meets it ends with exit code 6."""

from __future__ import annotations


class DataError(Exception):
    """The data breaks the contract; the message names file, row, column, value and what was expected."""
