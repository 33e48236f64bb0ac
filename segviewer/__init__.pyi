"""Types of the public interface, whose names `__init__` imports when they are used."""

from segviewer.errors import SegviewerError as SegviewerError
from segviewer.interface.evaluation import Measured as Measured
from segviewer.interface.evaluation import evaluate as evaluate
from segviewer.interface.fields import EffectiveReceptiveField as EffectiveReceptiveField
from segviewer.interface.fields import ReceptiveField as ReceptiveField
from segviewer.interface.fields import effective_receptive_field as effective_receptive_field
from segviewer.interface.fields import receptive_field as receptive_field
from segviewer.interface.fields import receptive_fields as receptive_fields
from segviewer.interface.model import Model as Model
from segviewer.interface.model import open_checkpoint as open_checkpoint
from segviewer.interface.photograph import Photograph as Photograph
from segviewer.interface.photograph import read_image as read_image
from segviewer.interface.refining import Refined as Refined
from segviewer.interface.refining import crf_presets as crf_presets
from segviewer.interface.refining import refine as refine
from segviewer.interface.writing import write_label_map as write_label_map

__version__: str
PUBLIC: dict[str, str]
