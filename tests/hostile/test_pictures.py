"""Half a minute of malformed pictures, and the large ones that took long."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.hostile.pictures import campaign, mutant
from tests.hostile.trial import MOST_MEGABYTES, Trial


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11])
def test_no_malformed_picture_is_more_than_refused(tmp_path, seed):
    report = campaign(seed, 20, tmp_path)
    print(report)
    assert not report.failures, str(report)
    assert report.tried > 100 and 0 < report.refused < report.tried


def test_a_mutant_can_be_made_again():
    assert mutant(3, 14) == mutant(3, 14) != mutant(3, 15)


def first_word(path: str) -> bool:
    """Read a picture that is let in unasked; nobody waits for long without hearing of it.

    Processor time, and words that lie close: beside other programs a second is short.
    """
    from segviewer.imaging.reading.read import read_image

    emitted, parts = [time.thread_time()], []

    def hear(part: float) -> None:
        emitted.append(time.thread_time())
        parts.append(part)

    read_image(Path(path), progressed=hear)
    emitted.append(time.thread_time())
    assert parts == sorted(parts) and parts[-1] == 1
    assert max(np.diff(emitted)) < 2, f"{max(np.diff(emitted)):.1f} s without a word"
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["float.tif", "deep.png", "alpha.png", "text.ppm", "steps.jpg"])
def test_a_large_picture_is_told_of_and_takes_less_than_it_may(tmp_path, kind):
    rows, columns = np.mgrid[:7000, :7000].astype(np.int32)
    path = tmp_path / kind
    if kind == "float.tif":
        Image.fromarray((rows * 0.5 - columns).astype(np.float32)).save(path)
    elif kind == "deep.png":
        Image.fromarray((rows + columns).astype(np.uint16)).save(path, compress_level=1)
    elif kind == "text.ppm":
        numbers = " ".join(map(str, ((rows + columns)[:1500, :2000] % 256).repeat(3).tolist()))
        path.write_text(f"P3\n2000 1500\n255\n{numbers}\n")
    else:
        grey = ((rows + columns) % 256).astype(np.uint8)
        picture = Image.fromarray(grey).convert("RGBA" if kind == "alpha.png" else "RGB")
        options = {"compress_level": 1} if kind == "alpha.png" else {"progressive": True}
        picture.save(path, **options)
    with Trial(first_word) as trial:
        outcome = trial.run(str(path))
    assert not outcome.failure
    assert outcome.megabytes < MOST_MEGABYTES
