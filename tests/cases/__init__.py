"""Misfortunes of other services, one kind a file: what happened to them does not happen here."""
