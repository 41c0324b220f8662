"""Pure values and rules, standard library only: no clock, no database, no network."""
