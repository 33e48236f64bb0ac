"""The toolbar with its menus, some of which others fill."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QCursor
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from segviewer.app.state.choices import COMPARISONS, KEYS, LAYERS, PALETTES
from segviewer.widgets.text.plain_text import plain_tip

_MEASURED = (QEvent.Type.LayoutRequest, QEvent.Type.Resize)


class WindowToolbar(QToolBar):
    """Buttons with menus, and a few actions.

    Attributes
    ----------
    buttons : dict
        Menu buttons by their text.
    groups : dict
        ``comparison``, ``layer`` and ``palette``: the actions to choose from, whose data are
        values in the session.
    difference_action : QAction
        The comparison that needs a pinned network.
    samples_menu, recent_menu, recent_checkpoints_menu, networks_menu, bundled_menu, labs_menu, \
lessons_menu, device_menu, vision_menu, theme_menu, language_menu : QMenu
        Filled by others.
    device_group : QActionGroup
        For the actions of `device_menu`.
    """

    def __init__(self, actions: Mapping[str, QAction], window: QWidget):
        super().__init__("Main", window)
        self.setObjectName("main toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._actions = actions
        self._tight = False
        # In a turn of its own: in the middle of a new style for the program it would be undone.
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        self._loose: tuple[int, tuple[str, ...]] = (0, ())  # width that was too much, of what
        self.buttons: dict[str, QToolButton] = {}
        self.groups: dict[str, QActionGroup] = {}
        self._add_open()
        self._add_save()
        self._add_model()
        self.addSeparator()
        self._add_choices()
        self.addSeparator()
        self.addActions(self._named("live", "run"))
        self.addSeparator()
        self.labs_menu = self._menu("gallery")
        self.labs_menu.addSeparator()
        self._add_button("Labs", "One concept at a time, on this photograph (G)", self.labs_menu)
        self.lessons_menu = self._menu()
        self._add_button("Lessons", "Step by step, for a lecture (F5 presents)", self.lessons_menu)
        self.addSeparator()
        self.addActions(self._named("undo", "redo"))
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.device_menu = QMenu(window)
        self.device_group = QActionGroup(window)
        self._add_button("Device", "Where the network runs", self.device_menu)
        self.view_menu = self._menu("panels", "reset_layout")
        zoom = self._named("fit", "one_to_one", "zoom_in", "zoom_out", "overlay")
        self.view_menu.addActions(zoom)
        self.theme_menu = self.view_menu.addMenu("Theme")
        self.vision_menu = self.view_menu.addMenu("Colour vision")
        self.view_menu.addActions(self._named("less_motion"))
        self.language_menu = self.view_menu.addMenu("Language")
        self._add_button("View", "Panels, zoom, colours, language", self.view_menu)
        self.help_menu = self._menu(
            "tour", "guide", "glossary", "keys", "about_model", "edit_model", "log"
        )
        self._add_button("Help", "Tour, guide, glossary, keys, about this model", self.help_menu)
        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if more is not None:  # where the window is too narrow for all of them
            more.setAccessibleName("More buttons")
            more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for action in self.actions():
            widget = self.widgetForAction(action)
            if isinstance(widget, QToolButton):
                # Space belongs to peeking, arrows to the pictures.
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                # A language may show a sign in place of a long word.
                widget.setAccessibleName(action.text() or widget.text())

    def event(self, event: QEvent) -> bool:
        """Sit closer where a language's words, or large ones, would else hide the last buttons."""
        if event.type() in _MEASURED:
            self._fitting.start()
        return super().event(event)

    def _fit(self) -> None:
        if self.isHidden():
            return
        wanted = self.sizeHint().width()
        if not self._tight and wanted > self.width():
            self._loose = (wanted, self._words())
            self._sit_closer(True)
        elif self._tight:
            measured, words = self._loose
            # With other words or letters it is measured anew.
            if words != self._words() or measured <= self.width():
                self._sit_closer(False)

    def _words(self) -> tuple[str, ...]:
        return (self.font().key(), *(button.text() for button in self.findChildren(QToolButton)))

    def _sit_closer(self, tight: bool) -> None:
        self._tight = tight
        for widget in (self, *self.findChildren(QToolButton)):
            widget.setProperty("tight", tight)
            widget.style().unpolish(widget)
            widget.style().polish(widget)
            # Sizes that a layout remembers are of the style before.
            QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))

    def _named(self, *names: str) -> list[QAction]:
        return [self._actions[name] for name in names]

    def _menu(self, *names: str) -> QMenu:
        menu = QMenu(self.window())
        menu.setToolTipsVisible(True)
        menu.addActions(self._named(*names))
        return menu

    def _add_button(self, text: str, tip: str, menu: QMenu) -> QToolButton:
        button = self.buttons[text] = QToolButton()
        button.setText(text)
        button.setToolTip(plain_tip(tip))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # Qt forgets that the pointer has left while the menu was open.
        menu.aboutToHide.connect(lambda: self._look_for_pointer(button))
        self.addWidget(button)
        return button

    def _look_for_pointer(self, button: QToolButton) -> None:
        over = button.rect().contains(button.mapFromGlobal(QCursor.pos()))
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, over)
        button.update()

    def _add_open(self) -> None:
        self.open_menu = menu = self._menu(
            "open", "open_folder", "open_camera", "open_scores", "dataset"
        )
        self.samples_menu = menu.addMenu("Samples")
        self.recent_menu = menu.addMenu("Recent pictures")
        menu.addActions(self._named("paste", "paint", "restore_open", "close_target", "close"))
        menu.addSeparator()
        menu.addActions(self._named("quit"))
        self._add_button("Open", "Photographs, checkpoints, target masks, data sets", menu)

    def _add_save(self) -> None:
        menu = self._menu("export", "save_figure", "save_session")
        menu.addSeparator()
        menu.addActions(self._named("save_scores", "save_script", "save_head"))
        menu.addSeparator()
        menu.addActions(self._named("copy"))
        self.copy_menu = menu.addMenu("Copy as")
        self.copy_menu.setToolTipsVisible(True)
        self.copy_menu.addActions(self._named("copy_python", "copy_command", "copy_caption"))
        self._add_button(
            "Save", "Label map, overlay, figure, session, scores; copies of them", menu
        )

    def _add_model(self) -> None:
        menu = self._menu()
        self.networks_menu = menu.addMenu("Networks")
        self.networks_menu.setEnabled(False)  # until the engine has listed them
        self.bundled_menu = menu.addMenu("Bundled weights")
        self.recent_checkpoints_menu = menu.addMenu("Recent checkpoints")
        menu.addActions(self._named("catalogue", "open", "random", "reset_network", "network_card"))
        self._add_button("Model", "Which checkpoint runs", menu)

    def _add_choices(self) -> None:
        for name, text, entries, tip in (
            ("comparison", "Compare", COMPARISONS, "How photograph and labels are compared"),
            ("layer", "Layer", LAYERS, "What lies over the photograph"),
            ("palette", "Palette", PALETTES, "Colours of the classes"),
        ):
            menu = self._menu()
            group = self.groups[name] = QActionGroup(self)
            for value, label, sentence in entries:
                action = menu.addAction(f"{label}\t{KEYS[value]}" if value in KEYS else label)
                action.setCheckable(True)
                action.setToolTip(plain_tip(sentence))
                action.setData(value)
                group.addAction(action)
            self._add_button(text, tip, menu)
        self.difference_action = next(
            action
            for action in self.groups["comparison"].actions()
            if action.data() == "difference"
        )
        menu = self.buttons["Compare"].menu()
        menu.addSeparator()
        menu.addActions(self._named("next_comparison", "swipe_target", "pin", "unpin"))
        # The button itself is one click to the colour-blind-safe colours and back.
        palette = self.buttons["Palette"]
        palette.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        palette.setToolTip("Click: colour-blind-safe colours, and back")
