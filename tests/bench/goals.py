"""The goals of speed and size, by the names that rows give them."""

GOALS = {
    "E1": "a build with a warm cache: 1.5 of bare uv, 2 of `cp -al`",
    "E2": "the same: 0.7 of appose with uv, 0.5 of isolate with uv, 0.05 of venv and pip",
    "E3": "an env that is there: 0.1 of a `uv pip sync` that finds nothing to do",
    "E4": "four processes that want one env: one build, 1.2 of the time of one",
    "E5": "the first start of a worker's imports after a build: 1.2 of the second",
    "R1": "a tiny call: 1.5 of a raw pipe, 1/10 of HTTP, 1/30 of isolate and of Ray",
    "R2": "a page of 1 to 10 MB: 1.4 of a raw pipe through the pipe, 0.3 in shared memory",
    "R4": "eight calls in flight: 0.6 of the calls per second of a raw pipe",
    "R5": "pages of 10 MB, answers and 20 MB of prints at once: nothing lost, a cancel in 50 ms",
    "S1": "the greeting of a worker: 2 bare starts; 3 % of a start of torch and transformers",
    "L1": "a whole run of answers of 100 ms: 1.02 of the bare loop",
    "L2": "two models in two envs: 1.1 of the critical path",
    "L3": "100,000 samples: 1 ms of host CPU each, 20 MiB more memory, a journal read in 3 s",
    "M1": "CER and WER: 1/10 of jiwer; ANLS: 1/5 of VLMEvalKit; the same figures to 1e-12",
    "H1": "a report of 5,000 samples: 4 MB, usable in 1/5 of the time of a plain table",
}

OBSTACLES = {
    "E1": "after uv, a build looks at every file (30 ms of 6,353), tries the worker's imports in a "
    "process of its own (30 ms) and writes down what it found (7 ms). The first one in an empty "
    "store reads and hashes every byte, which no later one does (ADR 0019).",
    "E2": "bare uv, which builds for us as for them, takes 0.4 of appose and 0.6 of isolate; the "
    "rest is that of E1.",
    "E3": "one `stat` for each file is the least that notices a file which was changed; that alone "
    "takes 0.5 of a `uv pip sync`, which looks at none (ADR 0019).",
    "R1": "the two frames of a call take 3.4 us to write, to check and to read; the raw pipe sends "
    "16 bytes and looks at nothing.",
    "R2": "a call of the client takes 80 us whatever it carries, for two threads on each side. A "
    "raw pipe carries 1 MB in 200 us.",
    "R4": "each frame is checked in Python, where the raw pipe gives eight calls to the system at "
    "once and looks at nothing.",
    "S1": "the process forks once more than a bare one, for its guard (ADR 0009), and then loads "
    "msgpack.",
    "L1": "a run takes 1 s more than its answers, however many: 0.4 s to load its code, of which "
    "0.2 s to make 376 dataclasses, 0.1 s to look at its pages, 0.3 s to score and to report.",
    "M1": "two cuts into words, their hashes and the distance take 13 us a pair, a seventh of a "
    "call of jiwer, and no way around them was found (ADR 0038).",
}
"""What stands in the way of those that were missed."""
