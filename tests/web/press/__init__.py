"""Doors of the press office."""
