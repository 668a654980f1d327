"""Everything that touches the machine: files, processes, clocks, GPUs."""
