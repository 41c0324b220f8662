"""A JSON API for programs, a console for officers, and what providers call back."""
