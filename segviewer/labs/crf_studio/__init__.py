"""Labs on the dense CRF."""
