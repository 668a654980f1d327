"""What ends a turn."""

TURN_END = "<|im_end|>"
