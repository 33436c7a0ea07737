"""Where every setting comes from: flags, environment variables, profiles of retailctl.toml, defaults."""
