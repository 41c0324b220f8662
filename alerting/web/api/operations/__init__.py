"""Routes, unmatched receipts and health, as JSON."""
