"""The numbers of a formula in one line."""

from PySide6.QtCore import Qt

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.settings import controls
from segviewer.widgets.controls.symbol_row import SymbolRow


def test_a_number_is_typed_stepped_and_shown_without_a_signal(qtbot):
    row = SymbolRow([one for one in controls(CRFSettings) if one.kind == "crf" and one.symbol])
    qtbot.addWidget(row)
    assert list(row.fields) == [
        "appearance_weight",
        "appearance_xy_std",
        "appearance_rgb_std",
        "smoothness_weight",
        "smoothness_xy_std",
        "num_iterations",
    ]
    with qtbot.assertNotEmitted(row.edited):
        row.set_values(dict(CRFSettings(appearance_xy_std=60)))
    assert row.fields["appearance_xy_std"].value() == 60
    row.show()
    field = row.fields["num_iterations"]
    field.setFocus()
    field.selectAll()
    with qtbot.assertNotEmitted(row.edited):
        qtbot.keyClicks(field, "12")  # a number that is being typed is none yet
    with qtbot.waitSignal(row.edited) as signal:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert signal.args == ["num_iterations", 12, True] and isinstance(signal.args[1], int)
    with qtbot.waitSignal(row.edited) as signal:
        qtbot.keyClick(row.fields["appearance_weight"], Qt.Key.Key_Up)
    assert signal.args == ["appearance_weight", 2.5, True]
    # Six of them fit into a drawer of the smallest window, with their symbols.
    assert row.sizeHint().width() < 1280 - 24
