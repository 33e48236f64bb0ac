"""Which settings are best: the search, and the landscape of two of them."""
