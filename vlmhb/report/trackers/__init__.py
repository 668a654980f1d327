"""A run's figures in the experiment trackers that teams use."""
