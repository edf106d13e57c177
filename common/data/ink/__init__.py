"""Pen ink out of files and texts. NumPy only: a device reads it too."""
