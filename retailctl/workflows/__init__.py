"""The user's stories, one module each: they know settings, the workspace and a clock, and no terminal."""
