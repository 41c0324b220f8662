"""Rows of routes, workers and the installation."""
