"""The engine process: starting and ending it, its messages, its log."""
