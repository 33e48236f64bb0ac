"""Tour, glossary, keys, about this model, and the log."""
