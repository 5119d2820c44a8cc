"""A site with a base page model of its own (Wagtail 8), run by ``tests/test_swapped_page.py``."""
