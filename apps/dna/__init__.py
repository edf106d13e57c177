"""DNA classification: nucleotide sequences in, calibrated class probabilities out."""
