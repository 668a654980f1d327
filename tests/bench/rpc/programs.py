"""What the sides run that need nothing beyond Python and this project."""

RAW_PIPE = '''
import fcntl, subprocess

CHILD = """
import os, sys
size = int(sys.argv[1])
buffer = memoryview(bytearray(max(size, 65536)))
while True:
    got = 0
    while got < size:
        count = os.readv(0, [buffer[got:]])
        if not count:
            sys.exit()
        got += count
    while got >= size:
        os.write(1, b"x" * 16)
        got -= size
"""

def child(size, program=CHILD):
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", program, str(size)], stdin=-1, stdout=-1, bufsize=0
    )
    for pipe in (process.stdin, process.stdout):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
    return process, process.stdin.fileno(), process.stdout.fileno()

def make_call(size):
    process, requests, answers = child(size)
    payload = memoryview(os.urandom(size))

    def call():
        sent = 0
        while sent < size:
            sent += os.write(requests, payload[sent:])
        os.read(answers, 4096)

    return call

ECHO = """
import os
while piece := os.read(0, 65536):
    os.write(1, piece)
"""

def many(size, count, process=[]):
    if not process:
        process.append(child(size, ECHO))
    _, requests, answers = process[0]
    payload = b"x" * size
    os.write(requests, payload * 8)
    got, asked = 0, 8
    while got < size * count:
        came = len(os.read(answers, 65536))
        more = min((got + came) // size - got // size, count - asked)
        got += came
        if more:
            os.write(requests, payload * more)
            asked += more

serve(make_call, many)
'''

THREADED_PIPE = '''
import queue, subprocess, threading

CHILD = """
import os, queue, threading
pieces = queue.SimpleQueue()
def read():
    while True:
        pieces.put(os.read(0, 65536))
threading.Thread(target=read, daemon=True).start()
while piece := pieces.get():
    os.write(1, piece)
"""

def make_call(size):
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", CHILD], stdin=-1, stdout=-1, bufsize=0
    )
    requests, answers = process.stdin.fileno(), process.stdout.fileno()
    pieces = queue.SimpleQueue()

    def read():
        while True:
            pieces.put(os.read(answers, 65536))

    threading.Thread(target=read, daemon=True).start()
    payload = b"x" * size

    def call():
        os.write(requests, payload)
        pieces.get()

    return call

serve(make_call)
'''
"""As our client and worker: a thread that reads on each side. What those alone cost."""

FRAMES = """
from pathlib import Path
from vlmhb_worker import messages, wire
from tests.contract.workers import RawWorker

worker = RawWorker(Path.cwd())
worker.load()
requests, answers = worker.process.stdin.fileno(), worker.process.stdout.fileno()
decoder = wire.Decoder(wire.FROM_WORKER)

def receive():
    while (message := decoder.next_message()) is None:
        decoder.read(answers)
    messages.check(message, messages.FROM_WORKER)

def make_call(size):
    def call():
        os.write(requests, wire.encode({"type": "ping", "nonce": 1}, wire.FROM_HOST))
        receive()
    return call

def ask(count):
    ping = {"type": "ping", "nonce": 1}
    os.write(requests, b"".join([wire.encode(ping, wire.FROM_HOST) for _ in range(count)]))

def many(size, count):
    ask(8)
    asked = 8
    for done in range(1, count + 1):
        receive()
        more = min(8 - (asked - done), count - asked)
        if more >= 4 or (more and not decoder.is_torn):
            ask(more)
            asked += more

serve(make_call, many)
worker.process.terminate()
worker.process.wait()
"""

CLIENT = """
import hashlib
from pathlib import Path
from tests.contract.workers import Session, ask, toy
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageContent
from vlmhb.domain.task import Generation
from vlmhb.worker import Answered, Hello, Loaded, LoadOrder

session = Session(Path.cwd(), sys.executable, lent=os.environ["LENT"])
session.worker.start()
session.expect(Hello)
session.worker.load(LoadOrder(toy("brief_backend:Brief", window=8), seed=0))
session.until(Loaded)
if SHARED:
    assert session.worker._process.arena is not None
else:
    session.worker._stowage._arena = None
number = 0

def request(pages=()):
    global number
    number += 1
    return Request(str(number), "toy", "q" * 60, "", "/", pages, Generation())

def make_call(size):
    pages = ()
    if size > 1000:
        content = os.urandom(size)
        pages = (PageContent("page.png", hashlib.sha256(content).hexdigest(), 1, 1, content),)

    def call():
        session.worker.send(request(pages))
        session.expect(Answered)

    return call

def many(size, count):
    for _ in range(8):
        session.worker.send(request())
    for done in range(count):
        session.expect(Answered)
        if done + 8 < count:
            session.worker.send(request())

serve(make_call, many)
session.worker.kill()
session.worker.join(10)
"""
