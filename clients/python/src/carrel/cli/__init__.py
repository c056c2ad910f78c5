"""The command `carrel`; start with main.py."""
