"""Labs on pyramids and pooling."""
