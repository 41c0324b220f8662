"""Texts: languages, folding, GSM-7, lengths, canonical JSON."""
