"""A gallery block for Wagtail that fills itself with newly uploaded images."""

__version__ = "0.1.0"
