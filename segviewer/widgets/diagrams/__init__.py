"""Networks drawn to scale."""
