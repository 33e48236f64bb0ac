"""Labs on the systems of the lecture."""
