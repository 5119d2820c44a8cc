"""Compiles the translations while building; all metadata is in pyproject.toml."""

from pathlib import Path

from babel.messages import mofile, pofile
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTranslations(build_py):
    def run(self) -> None:
        for source in Path("wagtail_autogallery/locale").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
                mofile.write_mo(compiled, pofile.read_po(text, locale=source.parts[-3]))
        super().run()


setup(cmdclass={"build_py": BuildWithTranslations})
