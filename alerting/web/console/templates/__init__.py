"""Pages of the library of scenarios and its texts."""
