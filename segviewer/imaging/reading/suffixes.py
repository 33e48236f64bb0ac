"""What the names of files end in; apart from what looks into them, whose libraries load with it."""

from __future__ import annotations

from segviewer.imaging.reading.formats import SUFFIXES

_PICTURE_SUFFIXES_TEXT = (
    ".png .jpg .jpeg .jpe .jfif .mpo .webp .gif .bmp .dib .tif .tiff .ppm .pgm .pbm .pnm .jp2 "
    ".j2k .avif"
)
PICTURE_SUFFIXES = frozenset(_PICTURE_SUFFIXES_TEXT.split()) | SUFFIXES

PACKED_SUFFIX = ".nii.gz"

CHECKPOINT_SUFFIXES = frozenset(
    {".pth", ".pt", ".ckpt", ".safetensors", ".bin", ".tar", ".ts", ".pt2", ".onnx"}
)

FOREIGN_SUFFIXES = frozenset(
    {".pb", ".h5", ".hdf5", ".keras", ".tflite", ".caffemodel", ".prototxt", ".mlmodel"}
)
"""Of other libraries' networks, of which opening them says what they are."""

INDEX_SUFFIX = ".index.json"  # of weights in parts
SCORES_SUFFIXES = frozenset({".npy", ".npz", ".h5", ".hdf5"})
