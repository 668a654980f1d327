"""Which worker gets which GPU, and when a GPU is free again."""
