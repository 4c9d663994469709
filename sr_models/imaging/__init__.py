"""Pixels only: files to pictures and back, colour, sizes, degradations."""
