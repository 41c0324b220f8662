"""Pages of alerts: from the form to the report."""
