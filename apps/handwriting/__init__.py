"""Handwriting: pen ink or images in, text out."""
