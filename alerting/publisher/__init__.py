"""The public folder: staged, compressed, durable, switched at once; it knows bytes, not alerts."""
