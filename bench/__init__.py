"""The benchmark of Carrel: README.md says how to read it, run.py runs it."""
