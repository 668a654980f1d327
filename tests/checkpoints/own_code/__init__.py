"""Code that comes with a checkpoint: the interface of InternVL's, copied beside the weights."""
