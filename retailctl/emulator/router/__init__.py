"""The scoring side of the endpoints: a process of its own that authenticates, splits, mirrors and measures requests."""
