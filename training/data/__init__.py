"""The data contract: a folder of long Parquet or CSV files -> one ``Panel``, or an error that names the bad cell."""

from training.data.errors import DataError
from training.data.loader import load_panel

__all__ = ["DataError", "load_panel"]
