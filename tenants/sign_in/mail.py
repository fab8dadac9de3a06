"""Sends mails in one thread, after the request was answered."""

from __future__ import annotations

import queue
import threading

import structlog
from django.core.mail import EmailMessage

log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""The length of the queue. If the mail server is too slow, further mails are dropped; people request them again."""


class Outgoing:
    """The mails that wait in one process. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[EmailMessage] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def post(self, mail: EmailMessage) -> None:
        """Add a mail to the queue. A full queue drops the mail."""
        try:
            self._waiting.put_nowait(mail)
        except queue.Full:
            log.warning("a mail was dropped", waiting=MOST_WAITING)
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="sign-in-mail", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Wait until all queued mails are sent or have failed."""
        self._waiting.join()

    def _send_all(self) -> None:
        while True:
            mail = self._waiting.get()
            try:
                mail.send()
            except Exception as fault:  # noqa: BLE001 - the edge of the thread: no mail may end it
                # A mail's text and recipient may contain a link, so only the fault is logged.
                log.warning("a mail was not sent", error=type(fault).__name__)
            finally:
                self._waiting.task_done()


outgoing = Outgoing()


def post(mail: EmailMessage) -> None:
    """Add a mail to the queue of this process."""
    outgoing.post(mail)
