"""Random kills during a random workload, and what must hold afterwards: `python -m tests.emulator.crash --help`."""
