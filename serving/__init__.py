"""The inference container: an HTTP service that answers forecasts of a trained artifact, on NumPy and FastAPI."""
