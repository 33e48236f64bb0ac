"""`python -m segviewer`: the program, as from the command `segviewer`."""

import sys

from segviewer.cli.command_line import main

if __name__ == "__main__":
    sys.exit(main())
