"""Labs in which one setting of the CRF is chosen among many."""
