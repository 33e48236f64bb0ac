"""Puts the window together, starts it and ends it."""
