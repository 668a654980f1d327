"""The machines of a cluster: the same commands as on one machine, carried out on many."""
