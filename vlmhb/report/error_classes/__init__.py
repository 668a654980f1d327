"""What kind of mistake an answer is, told from the answer and its targets alone."""
