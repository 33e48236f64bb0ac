"""What a lab says of its result is said in every language, numbers and names filled in."""

import pytest

from segviewer.labs import LABS
from segviewer.lessons.checking import Checker
from segviewer.lessons.lesson import StepSession
from segviewer.session import LabState
from segviewer.widgets.language.word_catalogue import codes, read_catalogue


@pytest.fixture(scope="module")
def checker():
    """One for all labs: the network runs once."""
    return Checker()


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_a_caption_is_translated_whole(checker, name):
    session = StepSession().session().changed(lab=LabState(name=name))
    caption = checker.run(session)["lab"].caption
    for code in codes():
        shown = read_catalogue(code).translate(caption)
        assert (shown == caption) == (code == "en" or not caption), f"{code}: {caption}"


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        (
            "x 3, y 4: road 98.0% after iteration 2, 70.0% by the network alone. "
            "3.29 nats for, most by x 2, y 4 (road) +0.16; x 4, y 4 (car) −0.1",
            "x 3, y 4: road 98,0 % nach Iteration 2, 70,0 % durch das Netz allein. "
            "3,29 nats dafür, am meisten von x 2, y 4 (road) +0,16; x 4, y 4 (car) −0,1",
        ),
        (
            "E = 19.13 unary + 88.55 smoothness + 9.28 appearance = 116.96, raw, 2.50 lower than "
            "before; the lowest there is, 54.91. 11 of 64 single flips lower it, the best by "
            "−12.27. 29 pixels have label 1.",
            "E = 19,13 unär + 88,55 Glättung + 9,28 Erscheinung = 116,96, roh, 2,50 niedriger als "
            "zuvor; das niedrigste überhaupt: 54,91. 11 von 64 einzelnen Wechseln senken sie, "
            "der beste um −12,27. 29 Pixel haben Label 1.",
        ),
        (
            "Up to block 6, with strides: 3.2 % of the labels are unlike those of all four blocks, "
            "atrous; all four with strides 5.0 %. No weights are trained anew here; each trained "
            "for its last block, the paper's networks measured ResNet-50 73.88",
            "Bis Block 6, mit Schrittweiten: 3,2 % der Labels sind anders als die aller vier "
            "Blöcke, Atrous; alle vier mit Schrittweiten 5,0 %. Hier werden keine Gewichte neu "
            "trainiert; je für ihren letzten Block trainiert, erreichten die Netze des Artikels "
            "ResNet-50 73.88",
        ),
        (
            "ASPP, poly 0.9: iteration 20 of 90, loss 0.52, mIoU 0.412 by the mask on this "
            "photograph, which it does not learn from; it learns the bundled network's labels of "
            "7 sample photographs. The run before, FCN: 0.398",
            "ASPP, poly 0.9: Iteration 20 von 90, Verlust 0,52, mIoU 0,412 nach der Maske auf "
            "diesem Foto, von dem er nicht lernt; er lernt die Labels des mitgelieferten Netzes "
            "auf 7 Beispielfotos. Der Lauf davor, FCN: 0,398",
        ),
    ],
)
def test_a_caption_of_another_setting(caption, shown):
    assert read_catalogue("de").translate(caption) == shown


def test_chinese_clauses_are_joined_by_its_own_signs():
    caption = (
        "Potts: every pair at 1. Different labels meet at 1.22 % of neighbouring pixels before "
        "the CRF and at 0.94 % after; 2.2 % of labels changed"
    )
    shown = read_catalogue("zh_CN").translate(caption)
    assert "。" in shown and "；" in shown and ". " not in shown and "; " not in shown
