"""The engine "dense": whole layers at once in PyTorch, on the processor or on a GPU."""
