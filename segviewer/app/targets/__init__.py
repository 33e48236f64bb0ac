"""The target mask of the photograph: what is said of it, and one painted by hand."""
