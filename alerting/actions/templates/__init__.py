"""The library of templates: read, checked, and changed by two people."""
