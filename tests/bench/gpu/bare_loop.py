"""The floor: a plain script. `ENV/bin/python -B -m tests.bench.gpu.bare_loop JOB`."""

import sys
import time
from pathlib import Path

from tests.bench.gpu.job import Job, Told
from tests.bench.gpu.plain_model import PlainModel


def main() -> None:
    job = Job.read(Path(sys.argv[1]))
    model = PlainModel(job)
    began_s = time.perf_counter()
    answers = {one.id: model.answer(one.page, one.prompt) for one in job.questions}
    Told.of(model, began_s, answers).write(Path(job.told))


if __name__ == "__main__":
    main()
