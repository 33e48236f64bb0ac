"""``segviewer evaluate --fit-temperature``: how sure a network may be, fitted on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tqdm import tqdm

from segviewer.analysis.evaluation.temperature import FittedTemperature, ScoreSample
from segviewer.batch.measuring import measured, opened_executor
from segviewer.batch.picture_targets import frame_target
from segviewer.engine.listener import Collected
from segviewer.errors import PictureError, SettingsError
from segviewer.export.run_notes import Say
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.nearest import nearest
from segviewer.session import Session

Pairs = tuple[tuple[Path, Path], ...]


def fitted_on(
    session: Session,
    pairs: Pairs,
    mapping: TargetMapping | str,
    say: Say = lambda sentences: None,
    *,
    quiet: bool = True,
) -> FittedTemperature:
    """Fit the temperature of a network's softmax on pictures with masks.

    Parameters
    ----------
    session : Session
        Its network and how it is run. The CRF is left out: it is what the temperature goes into.
    pairs : tuple of (Path, Path)
        Pictures and masks, that should not have been trained on. Those that cannot be read are
        passed over; measuring them has said why.
    mapping : TargetMapping or str
        What the masks' numbers mean.
    say : callable
        Gets what must be said of the network.
    quiet : bool
        Show no bar.

    Raises
    ------
    SettingsError
        If the network's probabilities are of no softmax, or no pixel could be compared.
    """
    bare = measured(session)
    bare = bare.changed(crf=bare.crf.changed(enabled=False))
    collected = Collected()
    executor = opened_executor(bare, collected, say, image=str(pairs[0][0]) if pairs else "")
    network = collected.results["network"]
    if network.labels != "softmax":
        raise SettingsError(
            "A temperature cannot be fitted for this network.",
            "It divides the scores of a softmax, and this network has a sigmoid for each class.",
            "Leave --fit-temperature out.",
        )
    sample = ScoreSample()
    for picture, mask in tqdm(pairs, unit="frame", desc="temperature", disable=quiet):
        one = bare.changed(image=str(picture))
        try:
            executor.run(one)
            target = frame_target(executor, picture, mask, mapping).target
        except PictureError:
            continue
        probs = executor.cache["refined"].value
        sample.add_probs(probs, nearest(target, *probs.shape[1:]))
    found = sample.fit()
    if found is None:
        raise SettingsError(
            "No temperature was fitted.",
            "No pixel of the pictures could be compared with a mask.",
            "Check the masks: segviewer evaluate says what is wrong with each.",
        )
    return found


def temperature_report(found: FittedTemperature) -> dict[str, Any]:
    """The fit as plain values."""
    return {
        "temperature": round(found.temperature, 3),
        "negative_log_likelihood": round(found.loss_before, 4),
        "negative_log_likelihood_at_temperature": round(found.loss_after, 4),
        "calibration_error": round(found.error_before, 4),
        "calibration_error_at_temperature": round(found.error_after, 4),
        "pixels": found.pixels,
    }


def temperature_lines(report: dict[str, Any]) -> list[str]:
    """The fit for reading, from what :func:`temperature_report` gives."""
    temperature = report["temperature"]
    return [
        f"temperature {temperature:.3f}: expected calibration error "
        f"{report['calibration_error']:.3f}, with it "
        f"{report['calibration_error_at_temperature']:.3f}; −log p a pixel "
        f"{report['negative_log_likelihood']:.3f}, with it "
        f"{report['negative_log_likelihood_at_temperature']:.3f}",
        f"segviewer card CHECKPOINT --temperature {temperature:.3f} --keep puts it in its card.",
    ]
