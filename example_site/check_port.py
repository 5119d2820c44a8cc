#!/usr/bin/env python3
"""Say whether a port of this machine can be served on, before anything takes time."""

import socket
import sys


def problem(port: int) -> str:
    """Why it cannot be; empty if it can."""
    with socket.socket() as listener:
        # As Django's server does it: what an earlier one has left open is no hindrance.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError as error:
            return error.strerror or str(error)
    return ""


def main(port: int) -> None:
    if found := problem(port):
        free = next(other for other in range(8001, 65_536) if not problem(other))
        sys.exit(f"Port {port} cannot be used: {found}\nAnother one can: make demo PORT={free}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
