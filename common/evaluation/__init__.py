"""Task metrics with their uncertainty, and the baselines a sceptic would pick; NumPy, no TensorFlow."""
