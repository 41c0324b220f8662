"""Pages of deliveries, and what the sandbox received."""
