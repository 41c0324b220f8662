"""Pages of the press office."""
