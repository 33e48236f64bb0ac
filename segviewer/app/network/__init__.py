"""The open network: its page, its sheet of layers, the catalogue."""
