"""Sentiment and other text classification: reviews in, a calibrated class out."""
