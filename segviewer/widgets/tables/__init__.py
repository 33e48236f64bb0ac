"""Tables that can be sorted and copied."""
