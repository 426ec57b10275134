"""Measurements of this project, run by hand from its root: ``python -m benchmarks.SUBJECT.NAME``. See README.md."""
