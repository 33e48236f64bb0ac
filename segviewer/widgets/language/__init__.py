"""The interface in another language: catalogues, and their words put in at the widget's end."""
