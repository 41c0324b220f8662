"""An alert from its first draft to its report."""
