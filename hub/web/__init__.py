"""What `hub serve` serves: the door through which records arrive by themselves, and a sign of life.

app      the routes: /in/<connection>, /form/<connection>, /healthz
arrival  an HTTP request as a connector gets it: raw bytes, limited in size and time
lane     from the door into the store: one thread with an engine
headers  the security headers of every answer
server   running it, and stopping it gently
"""

from __future__ import annotations

from hub.web.app import Receiver, create_app
from hub.web.lane import Lane
from hub.web.server import serve, serving

__all__ = ["Lane", "Receiver", "create_app", "serve", "serving"]
