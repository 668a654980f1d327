"""What vlmhb adds to a real model's own time: beside a plain loop, VLMEvalKit's, and itself.

`make bench-gpu` on a machine with a GPU; without one a tiny model shows that the bench works.
`checkpoint`, `plain_model`, `bare_loop`, `vlmevalkit_loop` and `job` run in the model's env, from
the repository's root, and import nothing of the host; the other modules are the host's.
"""
