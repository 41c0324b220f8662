"""Deliveries as JSON."""
