"""Measure nets on test sets, keep the numbers and draw the tables."""
