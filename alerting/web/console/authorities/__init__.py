"""Pages of authorities and change requests."""
