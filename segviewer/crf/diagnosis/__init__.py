"""What stands in the way of a CRF, and what would mend it."""
