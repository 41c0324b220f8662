"""What people may do: one function an act, with its rule, its record and its jobs together."""
