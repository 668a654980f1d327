"""What a command shows while it works: what is known, and the displays that tell it.

`observed` keeps what is known of a run, `pace` how fast it is and when it will be over: no clock,
no terminal. `plain` and `live` show that, `display` chooses between them; `data` does the same for
datasets and weights.
"""
