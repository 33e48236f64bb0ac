"""Labs on graphical models."""
