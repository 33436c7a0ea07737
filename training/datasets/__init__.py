"""Data sets in the form of the data contract: a seeded sample, and the M5 competition's files converted."""
