"""Alternatives to Carrel; README.md describes each."""
