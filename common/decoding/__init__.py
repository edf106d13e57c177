"""From a network's scores to a sequence: CTC decoding and language models over characters. NumPy only."""
