"""What people do with authorities, their incidents and partners."""
