"""The permutohedral lattice: built, numbered, filtered, compiled."""
