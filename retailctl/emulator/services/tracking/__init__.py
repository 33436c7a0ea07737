"""Experiment tracking: an MLflow server behind this server's own address, and who may use it."""
