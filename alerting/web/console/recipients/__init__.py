"""Pages of recipients, groups and imports."""
