"""The schema's history, applied by `alerting migrate`."""
