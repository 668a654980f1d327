"""The standard library's: both sides need the same Python, and it unpickles what it gets."""

REQUIREMENTS: tuple[str, ...] = ()
PROGRAM = """
import multiprocessing

def answer(connection):
    while True:
        message = connection.recv()
        connection.send({"id": message["id"], "text": str(len(message["page"]))})

context = multiprocessing.get_context("fork")
ours, theirs = context.Pipe()
child = context.Process(target=answer, args=(theirs,), daemon=True)
child.start()

def make_call(size):
    page = os.urandom(size)

    def call():
        ours.send({"id": "1", "page": page})
        ours.recv()

    return call

serve(make_call)
"""
