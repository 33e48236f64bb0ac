"""The log of a run is read back, whatever else the file holds."""

from __future__ import annotations

from segviewer.training.training_log import MOST_POINTS, log_beside, read_log, write_log


def test_curves_are_read_back(tmp_path):
    file = log_beside(tmp_path / "street.safetensors")
    assert file.name == "street.log.jsonl" and read_log(file) is None
    lines = [
        {"network": "fcn", "classes": ["a", "b"]},
        {"iteration": 10, "loss": 2.0, "rate": 1e-3, "seconds": 4.5},
        {"iteration": 10, "miou": 0.25, "pixel_accuracy": 0.5},
        {"iteration": 20, "loss": 1.0, "rate": 5e-4, "seconds": 9.0},
        {"iteration": 20, "miou": None},
    ]
    write_log(file, lines)
    log = read_log(file)
    assert log.loss == ((10, 2.0), (20, 1.0)) and log.miou == ((10, 0.25),)
    assert log.seconds == 9.0


def test_a_long_curve_is_thinned_to_means(tmp_path):
    write_log(tmp_path / "a", [{"iteration": n, "loss": float(n % 2)} for n in range(1, 1001)])
    loss = read_log(tmp_path / "a").loss
    assert len(loss) <= MOST_POINTS and loss[-1][0] == 1000
    assert all(0.3 < value < 0.7 for _, value in loss[:-1])


def test_what_is_no_log_has_no_curves(tmp_path):
    file = tmp_path / "a"
    for text in (b"", b"\xff\xfe", b"[1]\nnull\n{", b'{"iteration": "x", "loss": 1}', b"[" * 9999):
        file.write_bytes(text)
        assert read_log(file) is None
    file.write_text('{"iteration": 1, "loss": NaN}\n{"iteration": 2, "loss": 0.5}\nbroken')
    assert read_log(file).loss == ((2, 0.5),)
