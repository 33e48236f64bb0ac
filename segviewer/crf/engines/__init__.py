"""Mean field by lattice, exactly, by pydensecrf, and as a draft."""
