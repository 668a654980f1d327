"""The process that holds one model. This docstring is the protocol it speaks.

The host starts `PYTHON -s .../vlmhb_worker/__main__.py HOST_PID HOLDS LENT ARENA` with pipes on
0, 1, 2. Frames travel on 0 (host to worker) and 1 (worker to host); everything a model prints ends
up on 2. HOLDS are the numbers of open files to keep until the worker is gone, with commas between;
LENT is a folder for the end of sys.path, or empty; ARENA is the number of the open file with the
memory that the host shares with this worker, or -1.

Frame: 20 bytes of header, big-endian, then the body, then the tail.

    magic   4 bytes  b"VLMB"
    version u16      2
    flags   u16      0
    length  u32      of the body; at most 1 MiB from the worker, 64 MiB from the host
    tail    u32      bytes behind the body; 0 from the worker, at most 256 MiB from the host
    crc32   u32      of the body; pages have their sha256

Body: one msgpack map with text keys, its `type` and exactly the fields below, each value in its
shortest form. Bytes, ext types, other keys, keys that come twice and anything after the map are
refused. A side that receives something else ends the conversation: the host kills the worker, the
worker exits with code 76. Nobody looks for the next frame.

Buffer: {place, offset, length} are the bytes of a page that does not come as a path. `frame`: in
the tail of the frame that names it. `shared`: in the arena, a sealed memfd that the worker maps
read-only; the host leaves them there until the request is settled, and for good when it was
cancelled. The worker checks that they lie inside before it looks.

Order: requests and drain keep their order. On their way to the worker load, cancel, ping and
shutdown pass the frames that have not begun to leave; pong and the answer to cancel pass the
answers that wait to leave. Nothing interrupts a frame.

From the worker
    hello        protocol [lowest, highest], worker_version, python, pid
                 Sent before any model library is imported.
    progress     stage, done, total              Any number of them while loading.
    loaded       load_s, window, batch_size, gpu_memory_bytes or nil, facts {text: text}
    load_failed  error                           The worker then waits for its end.
    answer       id, text, full_length_chars or nil, finish_reason (stop, length),
                 usage {prompt_tokens, image_tokens, completion_tokens},
                 timing {preprocess_s, first_token_s, generate_s}     nil: not measured
                 degraded [text]: what was reduced to get it through
                 Text that is not Unicode has its lone surrogates written as escapes; text longer
                 than 200,000 characters is cut there and full_length_chars says how long it was.
    failed       id, reason (oom, invalid_reply, input_error, model_error, cancelled), error
    log          level (debug, info, warning, error), text
    pong         nonce
    An error is {type, message, traceback}, each cut to a limit.

From the host
    load         backend "module:Class", params, weights (a folder, or empty), trust_remote_code,
                 secrets {name: value}, scratch, seed                Once, after hello.
    request      id, prompt, system_prompt, pages [{sha256, path or nil, buffer or nil}],
                 page_marks (whether `<image N>` in the prompt is where the N-th page stands),
                 generation {max_new_tokens, temperature, top_p, seed, stop, min_pixels or nil,
                 max_pixels or nil, may_shrink}
                 At most `window` unanswered at a time. sha256 is information; the host has
                 checked the file. Answers come in any order, one per request.
    cancel       id       The request fails as cancelled, at once, also when it runs; the backend
                 stops working on it when it can. The id is not used again.
    ping         nonce    Answered at once, also while the model works.
    drain                 Answer what was asked, then end.
    shutdown              End after the running batch; requests that wait get no answer.
    End of input without shutdown: the host is gone, and the worker ends at once.

Exit codes: 0 in order, 1 the host is gone, 70 the backend raised instead of serving on, 71 a
message could not be taken in, 76 the host broke the protocol.
"""

PROTOCOL_VERSION = 2
"""The version this side speaks; `hello` names a range so that a newer side can speak an older."""

WORKER_VERSION = "0.1.0"
