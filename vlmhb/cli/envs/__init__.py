"""What the commands about envs share: which env a name means, and what is said of it."""
