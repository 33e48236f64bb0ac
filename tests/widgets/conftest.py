"""What tests of widgets share."""

import pytest


@pytest.fixture
def themed(qapp):
    """Give ``apply_theme`` for this test and put the program's look back afterwards."""
    from segviewer.widgets.theme.theme import ThemeFollower, apply_theme

    palette, sheet, style = qapp.palette(), qapp.styleSheet(), qapp.style().objectName()
    yield lambda scheme: apply_theme(qapp, scheme)
    for follower in qapp.findChildren(ThemeFollower):
        follower.setParent(None)
        follower.deleteLater()
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet(sheet)
    qapp.setStyle(style)
    qapp.setPalette(palette)
