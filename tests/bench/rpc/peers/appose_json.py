"""appose: tasks as lines of JSON; a page goes in base64, its shared memory is for arrays."""

REQUIREMENTS = ("appose",)
PROGRAM = """
import base64
import appose

service = appose.system().python()
SCRIPT = "import base64\\ntask.outputs['text'] = str(len(base64.b64decode(page)))"

def make_call(size):
    page = os.urandom(size)

    def call():
        task = service.task(SCRIPT, {"page": base64.b64encode(page).decode()})
        task.wait_for()
        assert task.outputs["text"] == str(size)

    return call

serve(make_call)
service.close()
"""
