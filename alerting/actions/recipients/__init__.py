"""Who can be alerted: lists, search and import."""
