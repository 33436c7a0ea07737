"""Values and rules of blue/green releases: no input, no output, no clock of their own."""
