"""Looking inside recurrent networks: what `unroll inspect` computes, draws and prints."""
