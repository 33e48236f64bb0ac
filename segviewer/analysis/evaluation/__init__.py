"""Labels beside targets and beside each other: confusion, agreement, trimaps, tables."""
