"""Other ways to call a process, one file each: what it needs from the index, and its program."""

from tests.bench.rpc.peers import (
    appose_json,
    http_base64,
    isolate_grpc,
    mp_pipe,
    naive_msgpack,
    ray_actor,
)

PEERS = {
    "naive msgpack over a pipe": naive_msgpack,
    "multiprocessing.Pipe": mp_pipe,
    "HTTP + base64, loopback": http_base64,
    "appose (JSON)": appose_json,
    "isolate (gRPC)": isolate_grpc,
    "Ray actor": ray_actor,
}
