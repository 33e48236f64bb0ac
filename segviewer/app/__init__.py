"""Store, runner, main window, presenter and command line."""
