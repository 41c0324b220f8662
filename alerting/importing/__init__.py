"""Files people bring: read whatever spreadsheet wrote them, and say what is wrong, line by line."""
