"""When a fault on purpose strikes: one rule for the management API, storage and scoring."""
