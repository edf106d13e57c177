"""What is learnt from text before the network trains: word vectors, and the weights of n-grams."""
