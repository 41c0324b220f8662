"""The craft that places bytes: without alerts, without a database."""
