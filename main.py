"""Start segviewer from a checkout: ``python main.py`` is the same as ``segviewer``."""

from segviewer.cli.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
