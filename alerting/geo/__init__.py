"""Where: Belgian places by code and by name, in four languages."""
