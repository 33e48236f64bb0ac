"""How fast the program answers: ``python tests/benchmarks/benchmark_interaction.py``.

Not a test. Prints one line a figure: what, median, worst, the goal. Times are of a whole
round through the engine process, from the request to the answer in this process.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


class Client:
    """Talks to an engine process and waits for the end of each run."""

    def __init__(self):
        from segviewer.engine.worker.engine_process import EngineProcess

        self.engine = EngineProcess()
        self.have, self.generation = {}, 0

    def run(self, session):
        from segviewer.engine.worker.messages import Run, RunFinished, StageFinished

        self.generation += 1
        began = time.perf_counter()
        self.engine.send(Run(self.generation, session, dict(self.have)))
        while True:
            message = self.engine.connection.recv()
            if isinstance(message, StageFinished):
                self.have[message.stage] = message.key
            elif isinstance(message, RunFinished):
                return time.perf_counter() - began, message.seconds
            elif type(message).__name__ in ("RunFailed", "Bug"):
                raise SystemExit(str(message))


def say(name, seconds, goal):
    median, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
    print(f"{name:<44} median {median:7.1f} ms  worst {worst:7.1f} ms  goal {goal}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    import tempfile

    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path
    from segviewer.session import Session

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "street.png"
        big = Path(folder) / "street24.png"
        with Image.open(sample_path("leuven_street")) as picture:
            picture.convert("RGB").resize((480, 360)).save(path)
            picture.convert("RGB").resize((6000, 4000)).save(big, compress_level=1)
        client = Client()
        session = Session(image=str(path), checkpoint=BUNDLED)
        began = time.perf_counter()
        client.run(session)
        print(f"engine start to first label map: {time.perf_counter() - began:.2f} s")

        def toggles(name, goal, first, second):
            seconds = []
            for index in range(2 * args.rounds):
                seconds.append(client.run((first, second)[index % 2])[0])
            say(name, seconds[2:], goal)

        def geometry(setting, value):
            return session.with_network(setting, value, None)

        strides = [
            geometry("output_stride", 8),
            geometry("output_stride", 32),
            geometry("multi_grid", (1, 1, 1)),
            geometry("multi_grid", (2, 2, 2)),
        ]
        seconds = [client.run(s)[0] for _ in range(args.rounds) for s in strides]
        say("geometry toggle, 480x360 (backbone runs)", seconds, "300 ms")
        toggles(
            "head-only toggle, 480x360",
            "100 ms",
            geometry("atrous_rates", (1, 2, 3)),
            geometry("image_pooling", False),
        )
        layer = session.changed(overlay=session.overlay.changed(layer="entropy"))
        toggles("layer toggle, 480x360", "-", session, layer)
        crf = session.changed(crf=session.crf.changed(enabled=True))
        toggles(
            "CRF slider, 480x360, 5 iterations",
            "-",
            crf,
            session.changed(crf=crf.crf.changed(appearance_weight=3.0)),
        )
        large = session.changed(image=str(big))
        print(f"24 megapixels, opened: {client.run(large)[0]:.2f} s")
        toggles(
            "head-only toggle, 24 MP, to every pixel",
            "-",
            large.with_network("image_pooling", False, True),
            large,
        )
        client.engine.stop()


if __name__ == "__main__":
    main()
