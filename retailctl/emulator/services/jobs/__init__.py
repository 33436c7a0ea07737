"""Command jobs: submitted, run as processes, followed, cancelled."""
