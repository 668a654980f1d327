"""What one writes first: a length, msgpack, flush. No limits, no checks, bytes inside the map."""

REQUIREMENTS = ("msgpack",)
PROGRAM = '''
import struct, subprocess
import msgpack

CHILD = """
import struct, sys
import msgpack
source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(4):
    message = msgpack.unpackb(source.read(struct.unpack(">I", head)[0]))
    body = msgpack.packb({"id": message["id"], "text": str(len(message["page"]))})
    sink.write(struct.pack(">I", len(body)) + body)
    sink.flush()
"""
child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=-1, stdout=-1)

def make_call(size):
    page = os.urandom(size)

    def call():
        body = msgpack.packb({"id": "1", "page": page})
        child.stdin.write(struct.pack(">I", len(body)) + body)
        child.stdin.flush()
        msgpack.unpackb(child.stdout.read(struct.unpack(">I", child.stdout.read(4))[0]))

    return call

serve(make_call)
child.kill()
'''
