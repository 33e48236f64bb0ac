"""A checkpoint's network: probabilities and labels of photographs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet, sheet_of
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.checkpoints.reading.folder import weights_in
from segviewer.checkpoints.whole_models.trust import agree_to_file
from segviewer.engine.computing.network import Probs
from segviewer.engine.executor import Cached, StageExecutor
from segviewer.engine.listener import Collected
from segviewer.engine.results import LabelResult, NetworkResult, PictureResult
from segviewer.engine.stages import STAGES
from segviewer.errors import SettingsError, from_validation
from segviewer.imaging.reading.read import pyramid
from segviewer.inference.network_state import WEIGHTS_CHIPS, config_of, geometry_chips
from segviewer.inference.running import choose_device
from segviewer.interface.names import checkpoint_reference
from segviewer.interface.photograph import Image, Photograph, photograph_of
from segviewer.references import Reference
from segviewer.session import THRESHOLD, InferenceSettings, Session


class Model:
    """A network with its weights, as :func:`open_checkpoint` gives it. For one thread at a time.

    Parameters
    ----------
    session : Session
        Checkpoint, geometry, and how the network is shown a picture.
    executor : StageExecutor, optional
        Of a model of the same weights, whose network is used.
    """

    def __init__(self, session: Session, executor: StageExecutor | None = None):
        choose_device(session.inference.device)
        self.session = session
        self._collected = Collected()
        self._executor = executor or StageExecutor()
        self._described: NetworkResult | None = None
        self._last = session  # of the last picture, whose scores a file may hold
        if not self._of_scores:
            config_of(self.opened(), session)  # says what is no setting of this network
            self._describe(session)

    @property
    def title(self) -> str:
        """What the network is called."""
        return self._known.title

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; label 3 is ``class_names[3]``."""
        return self._known.classes

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed of the checkpoint, and what is not as it was trained."""
        opened, known = self.opened(self._last), self._known
        said = [WEIGHTS_CHIPS[known.weights]] if known.weights in WEIGHTS_CHIPS else []
        said += geometry_chips(opened.config.model_dump(), opened.config, self.session)
        return (*known.notes, *(text for text, _ in said))

    @property
    def threshold(self) -> float:
        """Probability from which a network with one class says foreground; 0.5 for others."""
        return self.session.inference.threshold if self._known.labels == "binary" else THRESHOLD

    @property
    def geometry(self) -> dict[str, Any]:
        """The live settings (output stride, rates, …) as they are now."""
        values = {**self._known.trained, **dict(self.session.network)}
        return {control.name: values[control.name] for control in self._known.controls}

    def __repr__(self) -> str:
        return f"<segviewer.Model {self.session.checkpoint}>"

    def with_geometry(self, **values: Any) -> Model:
        """The same weights with other live settings.

        Raises
        ------
        SettingsError
            For a setting that this network does not have, or a value out of its range.

        Examples
        --------
        >>> import segviewer as sv
        >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid")
        >>> finer = model.with_geometry(output_stride=8)
        >>> model.geometry["output_stride"], finer.geometry["output_stride"]
        (16, 8)
        """
        changed = {**dict(self.session.network), **_plain(values)}
        session = self.session.changed(network=tuple(sorted(changed.items())))
        return Model(session, self._executor)

    def probabilities(self, image: Image) -> NDArray[np.float32]:
        """Probability of each class, at the size at which the network sees the picture.

        What could not be run as it was asked (memory ran out) is warned of.

        Parameters
        ----------
        image : Photograph, ndarray of uint8 (H, W, 3), path or ``sample:NAME``

        Returns
        -------
        ndarray of float32 (K, h, w)
            In the order of :meth:`plane_names`. They sum to 1 at each pixel, but with a sigmoid
            for each class.

        Raises
        ------
        SegviewerError
            If the picture cannot be read, or there is not enough memory.

        Examples
        --------
        >>> import segviewer as sv
        >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", long_side=160)
        >>> model.probabilities("sample:campus_walkers").shape
        (11, 120, 160)
        """
        probs = self._probs(photograph_of(image))
        return probs.probs.copy()

    def plane_names(self, image: Image) -> tuple[str, ...]:
        """Names of the K planes of :meth:`probabilities`, and of the labels.

        `class_names`, but of a network of more than 255 classes the likeliest of this picture.

        Parameters
        ----------
        image : Photograph, ndarray of uint8 (H, W, 3), path or ``sample:NAME``
        """
        return self._probs(photograph_of(image)).classes

    def labels(self, image: Image) -> NDArray[np.uint8]:
        """The likeliest class at every pixel of the photograph; 255 where there is no picture.

        Without a CRF; :func:`segviewer.refine` is the one with.

        Parameters
        ----------
        image : Photograph, ndarray of uint8 (H, W, 3), path or ``sample:NAME``

        Returns
        -------
        ndarray of uint8 (H, W)

        Raises
        ------
        SegviewerError
            As :meth:`probabilities`.

        Examples
        --------
        >>> import segviewer as sv
        >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid")
        >>> labels = model.labels("sample:campus_walkers")
        >>> labels.shape, labels.dtype
        ((576, 768), dtype('uint8'))
        """
        photograph = photograph_of(image)
        self._probs(photograph)
        found: LabelResult = self._executor.value("label_map", self._of(photograph))
        return found.label_map.copy()

    def opened(self, session: Session | None = None) -> OpenedNetwork:
        """The network itself, for whatever looks into it; not part of the promise to stay."""
        found: OpenedNetwork = self._executor.value("network", session or self.session)
        return found

    def working_picture(self, photograph: Photograph) -> tuple[Session, PictureResult]:
        """The photograph as stages take it, and its session; not part of the promise to stay."""
        session = self._of(photograph)
        found: PictureResult = self._executor.value("image", session)
        return session, found

    def _probs(self, photograph: Photograph) -> Probs:
        session = self._last = self._of(photograph)
        found: Probs = self._executor.value("probs", session)
        if self._described is None:
            self._describe(session)
        for sentence in found.fallbacks:
            warnings.warn(sentence, RuntimeWarning, stacklevel=3)
        return found

    def _of(self, photograph: Photograph) -> Session:
        """The session of a photograph, whose stage finds it read."""
        session = self.session.changed(image=photograph.reference)
        key = STAGES["image"].key(session)
        if self._executor.cache["image"].key != key:
            levels = pyramid(photograph.pixels)
            read = PictureResult(levels, photograph.notes, photograph.void)
            self._executor.cache["image"] = Cached(key, read)
        return session

    @property
    def _of_scores(self) -> bool:
        return Reference.checkpoint(self.session.checkpoint).scores

    @property
    def _known(self) -> NetworkResult:
        if self._described is None:
            raise SettingsError(
                "Nothing is known of these scores yet.",
                "They are those of a photograph, which says what their axes are.",
                "Ask for the probabilities of their photograph first.",
            )
        return self._described

    def _describe(self, session: Session) -> None:
        self._executor.listener = self._collected.listener()
        have = {name: stage.key(session) for name, stage in STAGES.items() if name != "network"}
        self._executor.run(session, have)
        self._described = self._collected.results["network"]


def open_checkpoint(
    checkpoint: str | os.PathLike[str],
    *,
    geometry: Mapping[str, Any] | None = None,
    architecture: str = "",
    part: str = "",
    card: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    long_side: int = 0,
    multi_scale: bool = False,
    flip: bool = False,
    threshold: float = THRESHOLD,
    device: str = "auto",
    half: bool = False,
    channels_last: bool = False,
    trust: bool = False,
) -> Model:
    """Open a checkpoint of any program that segviewer knows.

    Parameters
    ----------
    checkpoint : path-like or str
        A file or folder, the name of bundled weights, ``random:ARCHITECTURE:FORM``, or
        ``scores:PATH`` for scores that another program saved.
    geometry : mapping, optional
        Live settings that differ from the ones it was trained with:
        ``{"output_stride": 8, "atrous_rates": (12, 24, 36)}``.
    architecture : str
        What the file is meant to be, where its keys fit several networks.
    part : str
        Which network of a file that holds several.
    card : mapping or path-like, optional
        What a model card says more truly than the file: classes, colours, preprocessing.
    long_side : int
        Of the picture that the network sees, pixels; 0: as trained. Never below a quarter of
        that.
    multi_scale, flip : bool
        Average over scales 0.75, 1 and 1.25; average with the mirrored picture.
    threshold : float
        Probability, 0 to 1, from which a network with one class says foreground.
    device : str
        ``auto``, ``cpu``, ``cuda:0``, ``mps``.
    half, channels_last : bool
        Half precision, and another order of the weights in memory, on a CUDA device.
    trust : bool
        Run the program in a TorchScript or ``torch.export`` file: code of whoever wrote it.

    Returns
    -------
    Model

    Raises
    ------
    CheckpointError
        If the file is no checkpoint, or of a network that is not known.
    SettingsError
        For a setting that does not exist or is out of range.
    EngineError
        For a device that is not there.

    Examples
    --------
    >>> import segviewer as sv
    >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid")
    >>> model.class_names[:3]
    ('sky', 'building', 'pole')
    """
    reference = checkpoint_reference(os.fspath(checkpoint))
    sheet, said_architecture = _sheet(card)
    try:
        session = Session(
            checkpoint=reference,
            architecture=architecture or said_architecture,
            part=part,
            sheet=sheet,
            network=tuple(sorted(_plain(geometry or {}).items())),
            inference=InferenceSettings(
                long_side=long_side,
                multi_scale=multi_scale,
                flip=flip,
                threshold=threshold,
                device=device,
                half=half,
                channels_last=channels_last,
            ),
        )
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The checkpoint cannot be opened with this {place}.",
            "help(segviewer.open_checkpoint) says what each setting may be.",
        ) from None
    if trust:
        named = Reference.checkpoint(reference).trained()
        if named.kind == "file":
            agree_to_file(weights_in(resolve_reference(str(named))))
    return Model(session)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that a session holds."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _sheet(card: Mapping[str, Any] | str | os.PathLike[str] | None) -> tuple[ModelSheet, str]:
    """What is said of the checkpoint, and which network it is said to be."""
    if card is None:
        return EMPTY, ""
    if isinstance(card, str | os.PathLike):
        read = read_card(Path(card))
        return sheet_of(read), read.architecture
    try:
        return ModelSheet.model_validate(dict(card)), ""
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The card cannot be used: {place}.",
            "Give classes, colours, preprocessing, … as the guide's page on cards lists them.",
            whole="card",
        ) from None
