"""The profile of CAP that messages are held against."""
