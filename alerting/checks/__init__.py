"""What can be said about a draft's texts by reading them: no clock, no database, no network."""
