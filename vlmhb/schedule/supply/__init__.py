"""What models need before they can start: envs, weights, secrets, files, GPUs."""
