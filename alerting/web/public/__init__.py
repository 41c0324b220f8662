"""Public pages without a web server of their own: files of the public folder, and nothing else."""
