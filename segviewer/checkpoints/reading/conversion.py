"""The command that makes a safe file of one that would run code.

A person runs it, on a file he trusts: it lets the file run its code, so this program never
does. It looks for the weights where the reader does, because it is made of the same lists.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from subprocess import list2cmdline

from segviewer.checkpoints.reading.nesting import MOST_NESTED, NESTED_NAMES, NOT_WEIGHTS

# One line for any shell: no double quote, dollar or backslash in it. W is the reader's
# `nesting._likeliest`: names of the list first, then own tensors, then the largest.
_PROGRAM = (
    "import sys, torch, safetensors.torch as s; "
    "N = '{names}'.split(); X = '{others}'.split(); "
    "T = lambda d: {{k: v for k, v in d.items() if isinstance(k, str) and torch.is_tensor(v)}}; "
    "I = lambda d, n: {{k: w for k, v in d.items() if isinstance(k, str) and k not in X "
    "for w in [W(v, n + 1)] if w}}; "
    "B = lambda t, i: next((i[k] for k in N if k in i), t or max(i.values(), key=len, "
    "default={{}})); "
    "W = lambda v, n: (lambda d: B(T(d), I(d, n)) if isinstance(d, dict) and n <= {depth} else "
    "{{}})(v.state_dict() if isinstance(v, torch.nn.Module) else v); "
    "E = lambda v: {{str(i): w for i, w in enumerate(v) "
    "if not torch.is_tensor(w)}} if isinstance(v, (list, tuple)) else v; "
    "s.save_file({{k: v.detach().contiguous().clone() for k, v in "
    "W(E(torch.load(sys.argv[1], 'cpu', weights_only=False)), 0).items()}}, sys.argv[2])"
)


def conversion_command(path: Path) -> str:
    """A command for this system's shell that writes the weights of `path` as safetensors.

    The new file lies in the folder it is run in and has the same name, ending in
    ``.safetensors``. torch, safetensors and whatever the file asks for must be installed there.
    """
    quote = shlex.quote if os.name == "posix" else lambda text: list2cmdline([text])
    program = _PROGRAM.format(
        names=" ".join(NESTED_NAMES), others=" ".join(NOT_WEIGHTS), depth=MOST_NESTED
    )
    return f'python -c "{program}" {quote(str(path))} {quote(path.stem + ".safetensors")}'
