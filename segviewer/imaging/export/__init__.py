"""Pictures and JSON written whole or not at all, and the record in a figure."""
