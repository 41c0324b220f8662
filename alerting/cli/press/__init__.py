"""The press office from a terminal."""
