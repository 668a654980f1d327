"""isolate: a pickled function per call over gRPC, with the connection kept open."""

REQUIREMENTS = ("isolate[build,grpc]",)
PROGRAM = """
from functools import partial

# It stops at 4 MB otherwise, on both sides.
for way in ("SEND", "RECEIVE"):
    os.environ[f"ISOLATE_GRPC_CALL_MAX_{way}_MESSAGE_LENGTH"] = "-1"

from isolate.backends.local import LocalPythonEnvironment
from isolate.connections import LocalPythonGRPC
from isolate.connections.common import serialize_object
from isolate.connections.grpc import definitions
from isolate.connections.grpc.interface import from_grpc

environment = LocalPythonEnvironment()
connection = LocalPythonGRPC(environment, environment.create())
opened = connection._establish_bridge()
bridge = opened.__enter__()
method = environment.settings.serialization_method

def make_call(size):
    page = os.urandom(size)

    def call():
        content = serialize_object(method, partial(len, page))
        function = definitions.SerializedObject(method=method, definition=content)
        for partial_result in bridge.Run(definitions.FunctionCall(function=function)):
            if partial_result.is_complete:
                assert from_grpc(partial_result.result) == size
                return

    return call

serve(make_call)
opened.__exit__(None, None, None)
"""
