"""What the public is told, and how it gets to the folder."""
