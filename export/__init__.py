"""Turns a trained Keras model into a bundle for devices: convert, gate, write, load and run."""
