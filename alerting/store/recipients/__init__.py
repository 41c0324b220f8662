"""Rows of recipients, groups and imported files."""
