"""For programs: JSON in and out, described by OpenAPI."""
