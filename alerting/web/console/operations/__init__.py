"""Pages of provider routes and workers."""
