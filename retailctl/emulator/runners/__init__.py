"""What stands for an image on a machine without Docker: the runner table, supervised processes, slots with probes."""
