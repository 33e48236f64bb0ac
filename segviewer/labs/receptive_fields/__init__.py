"""Labs on what a unit sees."""
