"""What a checkpoint file is, and which ones there are."""
