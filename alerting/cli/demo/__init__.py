"""The demonstration: synthetic people, sandbox providers, one alert from draft to last receipt."""
