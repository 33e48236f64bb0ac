"""Pictures in, pictures out: reading, samples, preprocessing, label sets, overlay, export."""
