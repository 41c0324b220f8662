"""Provider routes, receipts that match nothing, map outlines."""
