"""The labs: what there is, and what each needs before it can compute.

Data only, so that the window and the pipeline can list labs without importing them; the
code of a lab is one file in :mod:`segviewer.labs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.mark import Mark

Needs = Literal["nothing", "image", "network", "probs"]


@dataclass(frozen=True)
class LabEntry:
    """One line of the gallery.

    Attributes
    ----------
    title, sentence, source : str
        Name, what it shows, and the papers or slides it belongs to.
    needs : str
        What it is computed from: ``nothing`` but its own settings; the ``image``; the
        ``network`` as it is set, on the image; its probabilities (``probs``) with the CRF's
        settings and the target mask.
    group : str
        The part of the gallery it stands in.
    """

    title: str
    sentence: str
    source: str
    needs: Needs
    group: str


# Module segviewer.labs.NAME_lab → entry.
LABS: dict[str, LabEntry] = {
    # CRF studio
    "kernel": LabEntry(
        "Kernels of a pixel",
        "Whom the clicked pixel listens to: near pixels, and pixels of its colour.",
        "Krähenbühl and Koltun 2011; DeepLab v1 (Chen et al. 2015), equation 3",
        "probs",
        "CRF studio",
    ),
    "time_machine": LabEntry(
        "Time machine",
        "Every iteration of the refinement: what flips, how sure it grows, when it settles.",
        "Krähenbühl and Koltun 2011, algorithm 1",
        "probs",
        "CRF studio",
    ),
    "why_label": LabEntry(
        "Why this label",
        "One pixel's decision: what the network, its neighbours and its look-alikes say.",
        "Krähenbühl and Koltun 2011, algorithm 1",
        "probs",
        "CRF studio",
    ),
    "doctor": LabEntry(
        "Doctor",
        "What stands in the CRF's way, why so little changed, and a button for each cure.",
        "Krähenbühl and Koltun 2011; measured here",
        "probs",
        "CRF studio",
    ),
    "alternatives": LabEntry(
        "Alternatives",
        "The network alone, superpixels, each kernel alone, and both: click one to see it large.",
        "Achanta et al. 2012 (SLIC); Krähenbühl and Koltun 2011",
        "probs",
        "CRF studio",
    ),
    "compatibility": LabEntry(
        "Label compatibility",
        "What it costs that two classes meet. Drag a cell up or down, or click for +0.5.",
        "Krähenbühl and Koltun 2011, section 3; CRF-RNN (Zheng et al. 2015)",
        "probs",
        "CRF studio",
    ),
    "trimap": LabEntry(
        "With a target mask",
        "Right and wrong near the outlines, before and after the CRF.",
        "Kohli et al. 2009; DeepLab v2 (Chen et al. 2018)",
        "probs",
        "CRF studio",
    ),
    "landscape": LabEntry(
        "Landscape",
        "What the CRF gains over any two of its numbers. Click a cell to go there.",
        "DeepLab v1 (Chen et al. 2015), section 5.1: the search for these numbers",
        "probs",
        "CRF studio",
    ),
    "exact": LabEntry(
        "Exact check",
        "On a small crop: the lattice beside the exact sum, and what θ means in the deck's sum.",
        "Krähenbühl and Koltun 2011; DeepLab v1 (Chen et al. 2015), equation 3",
        "probs",
        "CRF studio",
    ),
    "copy": LabEntry(
        "Copy as …",
        "This CRF as a pydensecrf script, as a command, as a row of a LaTeX table.",
        "pydensecrf; Krähenbühl and Koltun 2011",
        "probs",
        "CRF studio",
    ),
    # Receptive fields
    "receptive_field": LabEntry(
        "Theoretical field",
        "Which pixels a unit could see, layer by layer. Click the photograph to choose the unit.",
        "Araujo, Norris, Sim, Distill 2019",
        "network",
        "Receptive fields",
    ),
    "effective_field": LabEntry(
        "Effective field",
        "Which pixels move a unit, and how much: its gradient. Click the photograph.",
        "Luo, Li, Urtasun, Zemel 2016",
        "network",
        "Receptive fields",
    ),
    "depth": LabEntry(
        "Depth",
        "Stacks of plain convolutions: theory grows with the depth n, the effective field with √n.",
        "Luo, Li, Urtasun, Zemel 2016, section 2",
        "nothing",
        "Receptive fields",
    ),
    # Gridding
    "gridding": LabEntry(
        "Gridding, in theory",
        "Which places one unit reads through a sequence of rates, and which it never does.",
        "HDC (Wang et al. 2018), section 3.2 and figure 2",
        "nothing",
        "Gridding",
    ),
    "gridding_seen": LabEntry(
        "Gridding, seen",
        "How much of a layer's maps is a grid, and what takes it away.",
        "DRN (Yu et al. 2017); smoothed dilation (Wang, Ji 2018)",
        "network",
        "Gridding",
    ),
    "linked_gridding": LabEntry(
        "All four, linked",
        "Change a rate: rectangle, gradient, taps, spectrum and labels follow.",
        "Luo et al. 2016; HDC (Wang et al. 2018); DRN (Yu et al. 2017)",
        "network",
        "Gridding",
    ),
    # Lecture
    "valid_weights": LabEntry(
        "Valid weights",
        "How many of a filter's nine taps see features at all, as the rate grows.",
        "DeepLab v3 (Chen et al. 2017), figure 4",
        "nothing",
        "Atrous convolution",
    ),
    "atrous_1d": LabEntry(
        "Atrous, 1-D",
        "Draw a signal and a filter: holes widen the filter and cost nothing.",
        "DeepLab v1, v2 (Chen et al. 2015, 2018), equation 1",
        "nothing",
        "Atrous convolution",
    ),
    "atrous_2d": LabEntry(
        "Atrous, 2-D",
        "Down, filter, up, against the filter with holes: what sparse responses miss.",
        "DeepLab v2 (Chen et al. 2018), figure 3",
        "image",
        "Atrous convolution",
    ),
    "striding": LabEntry(
        "Striding and pooling",
        "What a label map loses on the way down and up, and what it costs to come back.",
        "DeepLab v1 (Chen et al. 2015), section 3; v2 (2018), section 3.1",
        "probs",
        "Atrous convolution",
    ),
    "cascade": LabEntry(
        "Going deeper",
        "Copies of the last block: what strides leave of the photograph, and atrous does not.",
        "DeepLab v3 (Chen et al. 2017), section 3.2, figure 3, tables 1 and 2",
        "network",
        "Atrous convolution",
    ),
    "multi_grid": LabEntry(
        "Multi-grid",
        "Other rates for the units of one block: what it then reads, and which labels change.",
        "DeepLab v3 (Chen et al. 2017), section 4.2.1 and table 3",
        "network",
        "Atrous convolution",
    ),
    "pyramid": LabEntry(
        "Pyramid pooling",
        "Windows of each level, laid by two rules, and what each level adds to a score.",
        "PSPNet (Zhao et al. 2017), figure 3; SPP-net (He et al. 2014)",
        "network",
        "Pyramid pooling",
    ),
    "graphical_model": LabEntry(
        "Graphical model",
        "Three variables, their tables to drag: factors, Z, marginals and the best state.",
        "Koller and Friedman 2009, chapters 3 and 4; Krähenbühl and Koltun 2011, section 2",
        "nothing",
        "Graphical models",
    ),
    "crf_energy": LabEntry(
        "CRF energy",
        "Paint an 8×8 labelling and see each term of its energy rise or fall.",
        "DeepLab v1 (Chen et al. 2015), equations 2 and 3; Krähenbühl and Koltun 2011",
        "nothing",
        "Graphical models",
    ),
    "results": LabEntry(
        "Results",
        "Every table of the lecture, sorted and plotted, with our own CamVid figures beside it.",
        "The papers named with each table; measured here",
        "nothing",
        "Results",
    ),
    "u_net_sizes": LabEntry(
        "U-Net",
        "The side of every map of a U-Net, for any picture: what fits, what is cropped, what is lost.",  # noqa: E501
        "U-Net (Ronneberger, Fischer, Brox 2015), figures 1 and 2",
        "nothing",
        "Networks",
    ),
    "resnet_paths": LabEntry(
        "ResNet as an ensemble",
        "A ResNet is 2ⁿ paths: how long they are, which carry gradient, what goes with a module.",
        "Veit, Wilber, Belongie 2016; He et al. 2016",
        "nothing",
        "Networks",
    ),
    "lesion": LabEntry(
        "Lesions",
        "A module of the open network without its branch, without its shortcut, or swapped.",
        "Veit, Wilber, Belongie 2016, section 4; He et al. 2016",
        "network",
        "Networks",
    ),
    "densenet_growth": LabEntry(
        "DenseNet",
        "Every layer reads all layers before it: links, growing stacks, parameters, gradient.",
        "DenseNet (Huang, Liu, van der Maaten, Weinberger 2017)",
        "nothing",
        "Networks",
    ),
    "aspp": LabEntry(
        "ASPP",
        "What each branch of the pyramid says alone, and its part of a pixel's score. Click one.",
        "DeepLab v3 (Chen et al. 2017), figure 5 and section 4.3",
        "probs",
        "Pyramid pooling",
    ),
    "image_level": LabEntry(
        "Image-level features",
        "The whole picture's average beside each place: labels and scores with it and without.",
        "ParseNet (Liu et al. 2015); DeepLab v3 (Chen et al. 2017), section 3.3",
        "network",
        "Pyramid pooling",
    ),
    "training_protocol": LabEntry(
        "Training protocol",
        "What a network is shown of the photograph, at which rate it learns, how large a crop it needs.",  # noqa: E501
        "DeepLab v1 to v3 (Chen et al. 2015–2017); PSPNet (Zhao et al. 2017)",
        "image",
        "Networks",
    ),
    "drn": LabEntry(
        "DRN",
        "From a ResNet to A, B and C, block by block: strides out, dilation in, the grid out.",
        "DRN (Yu, Koltun, Funkhouser 2017), sections 2 and 4",
        "nothing",
        "Networks",
    ),
    "localisation": LabEntry(
        "What and where",
        "One network, two answers: its class map, and what pooling leaves of it. Click a class.",
        "DRN (Yu, Koltun, Funkhouser 2017), section 3",
        "network",
        "Networks",
    ),
}


@dataclass(frozen=True)
class LabResult:
    """What a lab found.

    Attributes
    ----------
    name : str
        Of the lab.
    shown : Any
        What its view draws; None where there is nothing, and `caption` says why.
    caption : str
        What is seen now, in numbers.
    formula : str
        The formula with the current values, as rich text.
    heat : ndarray of uint8 (h, w) or None
        Over the photograph in place of the labels; `heat_name` is said on the picture.
    label_map : ndarray of uint8 (h, w) or None
        In place of the network's labels, of the same classes; `heat_name` names it.
    marks : tuple of Mark
    complete : bool
        False while a running mean still grows.
    """

    name: str
    shown: Any = None
    caption: str = ""
    formula: str = ""
    heat: np.ndarray | None = None
    heat_name: str = ""
    label_map: np.ndarray | None = None
    marks: tuple[Mark, ...] = ()
    complete: bool = True


@dataclass
class LabContext:
    """What a lab may compute with; only what its entry needs is there.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3) or None
        Photograph at working size.
    opened : OpenedNetwork or None
        The network, set as the session says.
    probs : ndarray of float32 (K, H, W) or None
        Probabilities before the CRF; not to be written into.
    classes : tuple of str
        Names of the K.
    crf : CRFSettings
    target : ndarray of uint8 (H', W') or None
        Target mask at its own size, 255 where it says nothing.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when nobody waits any more.
    progressed : callable (fraction)
    memory : dict
        Kept between runs of the same lab, for what is costly to make again.
    """

    image: np.ndarray | None = None
    opened: Any = None
    probs: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    crf: CRFSettings = CRFSettings()
    target: np.ndarray | None = None
    check: Callable[[], None] = lambda: None
    progressed: Callable[[float], None] = lambda fraction: None
    memory: dict[Any, Any] = field(default_factory=dict)
