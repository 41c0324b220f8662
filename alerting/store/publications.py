"""Rows that say what of the public folder is to be made anew."""
