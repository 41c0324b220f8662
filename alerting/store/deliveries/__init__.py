"""Rows of deliveries: planning, leasing, settling, searching, counting."""
