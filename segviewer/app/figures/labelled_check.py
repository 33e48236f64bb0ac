"""Before anything leaves the window: are there labels, and do they belong to the settings?"""

from __future__ import annotations

from segviewer.app.state.results import Results
from segviewer.widgets.panels.message_bar import MessageBar


def labelled_or_said(results: Results, bar: MessageBar) -> bool:
    """Whether the photograph has its labels; where it has none, `bar` says so."""
    if not results.labelled:
        bar.show_message(
            "There is nothing to write or copy yet.",
            "The photograph has not been labelled with these settings.",
            "Wait for its labels, or press Run (Ctrl+Return).",
            tone="info",
        )
    return results.labelled
