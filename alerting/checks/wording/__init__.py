"""Faults of wording that a machine can see: each kind a module, its words a table per language.

All are warnings. They read words, not meaning, so each keeps to what is a fault nearly always: a
warning that is wrong costs the trust in the next one.
"""
