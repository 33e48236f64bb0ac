"""Other ways to refine a network's probabilities with the photograph than the dense CRF."""
