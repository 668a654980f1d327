"""A scored run as other people's formats hold it: figures and samples, not only answers."""
