"""What others made, for ours: weights."""
