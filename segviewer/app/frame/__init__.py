"""The main window with its menus, and everything that can be opened."""
