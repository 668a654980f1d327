"""A Ray actor on this machine; pages above 100 kB go through its shared object store."""

REQUIREMENTS = ("ray",)
PROGRAM = """
import ray

ray.init(
    num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False,
    object_store_memory=200 << 20, _temp_dir=os.environ["HOME"] + "/r",
)

@ray.remote
class Model:
    def answer(self, page):
        return len(page)

model = Model.remote()

def make_call(size):
    page = os.urandom(size)

    def call():
        assert ray.get(model.answer.remote(page)) == size

    return call

serve(make_call)
ray.shutdown()
"""
