"""Where the bundle begins: child processes of a frozen program start here, too."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from segviewer.cli.command_line import main

    sys.exit(main())
