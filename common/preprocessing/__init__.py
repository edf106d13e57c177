"""Tokenizers, vocabularies and n-gram tables: NumPy and plain Python, no TensorFlow; saved as text and JSON."""
