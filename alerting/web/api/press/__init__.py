"""The press office, for programs."""
