"""Names that look unused to vulture and are not; read by tests/test_dead_code.py, never run.

Names that stand in this program's own tables (networks, labs' views, stages) need no line here.
"""

# ruff: noqa: B018, F821

# Held so that Qt or Python does not throw away what is behind it.
overlay_steps
saving

# Read by Python's and numba's own classes.
max_redirections
max_repeats
response_class
_cache
_py_file
from_function
get_cache_path
get_source_stamp
get_disambiguator

# Called by Qt's layouts.
hasHeightForWidth

# Set for a library, which reads it.
svg2

# Part of a cache's key.
modified

# Columns of a table, taken by dataclasses.asdict.
build_s
iterate_s
labels_equal
max_probability_difference
peak_gb

# Taken by their names, which stand in strings: buttons, fields of a head, measures of a lesson.
from_target
skip_pool4
skip_pool3
_largest
_outline
_entropy
_trained_with

# Named as in the files of published weights.
drop6
relu6
drop7
relu7

# The one table of what other programs call the CRF's numbers, for readers and tests.
KERNEL_NAMES
pydensecrf
deeplab

# Held so that it lives as long as its dialog.
swatches

# For tests.
COMPARISON_STAGES
open_menu

# Typing only, in quotes.
SpawnContext

# Python itself calls it.
__getattr__

# Lessons read it by its name.
slide_labels

# Called by torch (parameters()), and read by onnxruntime.
named_parameters
remove_duplicate
log_severity_level

# Called by Qt.
highlightBlock

# Called by Dask on each worker.
setup
teardown

# Of the public interface, whose functions stand in segviewer.PUBLIC: for scripts of others.
plane_names
calibration_error

# Python itself calls it; argparse reads it.
__dir__
usage

# A lesson's observations name them: “differs”, “num_classes”.
_differs
_num_classes

# Kept by the presenter, so that it goes on listening.
_opening
