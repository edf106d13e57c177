"""Measurements side by side, by hand: ratios from one interleaved run, minima of many."""
