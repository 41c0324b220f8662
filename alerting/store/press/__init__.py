"""Rows and queries of the press office."""
