"""What runs an image: supervised processes that stand for it, or containers; slots with probes on top of either."""
