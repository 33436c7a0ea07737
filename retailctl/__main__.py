"""``python -m retailctl``, the same as the installed command."""

from retailctl.cli.app import main

if __name__ == "__main__":
    main()
