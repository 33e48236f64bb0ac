"""What the parts of a head say: branches, levels, cascades, windows."""
