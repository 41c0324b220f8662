"""Rows of authorities and incidents."""
