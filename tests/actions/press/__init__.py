"""Acts of the press office."""
