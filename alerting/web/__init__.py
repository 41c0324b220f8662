"""The web's doors: a JSON API for programs, a console for officers, receipts for providers."""
