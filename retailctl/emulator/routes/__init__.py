"""HTTP: which path and method is which operation, what it reads from a request, and how its answer looks."""
