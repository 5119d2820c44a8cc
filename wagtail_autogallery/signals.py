"""
What a site may listen to. ``docs/for-site-code.md`` tells of each argument and when it is sent.

Receivers are called after the commit of what they are told of. What they raise is logged by Django,
with its traceback, and neither undoes nor stops anything.
"""

from __future__ import annotations

from django.dispatch import Signal

#: A gallery of a holder was written. Sent with ``sender`` (the holder's model), ``instance``,
#: ``gallery``, ``field``, ``path``, ``added``, ``removed`` and ``runs``.
gallery_synced = Signal()

#: A holder could not be written. Sent with ``sender``, ``instance``, ``error``, ``images``,
#: ``run`` and ``retry_at``.
delivery_failed = Signal()
