"""The service as a real process, on a real model."""
