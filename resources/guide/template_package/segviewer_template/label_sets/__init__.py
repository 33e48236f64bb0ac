"""Label sets, a JSON file each."""
