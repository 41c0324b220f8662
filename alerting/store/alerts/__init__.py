"""Rows of alerts and of unfinished forms."""
