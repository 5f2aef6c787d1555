"""Announcements, by a real mail server, on both kinds of server."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import component, free_port, until
from release_management import Refused, ReleaseManager

Build = Callable[..., Path]


class Mailbox(socketserver.StreamRequestHandler):
    """Takes every letter, by RFC 5321."""

    def handle(self) -> None:
        self.wfile.write(b"220 mailbox.example\r\n")
        to = ""
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.decode().split("<", 1)[1].split(">", 1)[0]
            if word == b"DATA":
                self.wfile.write(b"354 go ahead\r\n")
                letter = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    letter += part
                self.server.taken.append((to, letter.decode()))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


@pytest.fixture
def mailbox() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_release_is_announced_in_its_words(rm: ReleaseManager, build: Build) -> None:
    rm.configure_environments({"staging": {}, "production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    page = rm.set_page_channel("news", "News of the shop")
    assert page.url and page.url.endswith("/public/announcements")
    rm.set_audience("users", ["news"])
    told = rm.announce("1.0.0", "schedule", "users", downtime=timedelta(minutes=4, seconds=30), note="Soon.")
    told = until("it is told", lambda: (now := rm.announcement(told.id)).state == "told" and now)
    assert "about 5 minutes" in told.text and "Soon." in told.text and told.url and told.told is not None
    assert "schedule of 1.0.0 to users" in repr(told)
    later = rm.announce("1.0.0", "confirmation", "users", when="success", environment="production")
    assert later.state == "planned" and later.as_dict()["when"]["reaches"] == "success"
    at = rm.announce("1.0.0", "progress", "users", at=datetime.now(timezone.utc) + timedelta(days=1))
    assert rm.cancel_announcement(at.id, "not needed").cancelled == "not needed"
    with pytest.raises(Refused) as again:
        rm.announce_again(at.id)
    assert again.value.code == "announcement-cancelled"
    assert {one.id for one in rm.announcements("1.0.0")} == {told.id, later.id, at.id}
    with pytest.raises(Refused) as refused:
        rm.announce("1.0.0", "schedule", "nobody")
    assert refused.value.code == "unknown-audience"
    four = rm.schedule_announcements("1.0.0", "users", "production", downtime=timedelta(minutes=5))
    assert [one.occasion for one in four] == ["schedule", "progress", "confirmation", "rollback"]
    assert [one.id for one in rm.schedule_announcements("1.0.0", "users", "production", downtime=timedelta(minutes=5))] == [one.id for one in four]
    assert rm.preview_announcement("schedule", "1.0.0").subject.endswith("release 1.0.0 is planned")
    assert rm.set_announcement_template("progress", "{{ release }}", "It comes.").own
    with pytest.raises(Refused):
        rm.set_announcement_template("progress", "{{ relaese }}", "It comes.")
    assert not rm.reset_announcement_template("progress").own and len(rm.announcement_templates()) == 5


def test_letters_go_out_and_users_answer(
    rm: ReleaseManager, build: Build, mailbox: socketserver.ThreadingTCPServer
) -> None:
    rm.configure_environments({"staging": {}, "production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    port = int(mailbox.server_address[1])
    post = rm.set_mail_channel("post", "127.0.0.1", "shop@example.org", port=port, security="plain-to-loopback")
    assert post.kind == "mail" and rm.channel("post").name == "post"
    audience = rm.set_audience("support", ["post"], ["ada@example.org", "bob@example.org"])
    assert len(audience.addresses) == 2 and [one.name for one in rm.audiences()] == ["support"]
    # Nothing inside is reached where nobody opened it; the reason stands beside the letter.
    tested = rm.test_channel("post")
    with pytest.raises(Refused) as early:
        rm.announce("1.0.0", "feedback", "support")
    assert early.value.code == "release-not-out"
    told = rm.announce("1.0.0", "feedback", "support", subject="How is it?", text="Tell us: {{ feedback_url }}")
    # An attempt counts from its beginning; what came of it is said at its end.
    letters = until("each was tried", lambda: (now := rm.announcement_deliveries(told.id)) and all(one.said for one in now) and now)
    assert {one.recipient for one in letters} == {"ada@example.org", "bob@example.org"}
    if tested.ok:
        until("both came", lambda: len(mailbox.taken) == 2)  # type: ignore[attr-defined]
    else:
        assert "address-not-allowed" in tested.said and all("address-not-allowed" in (one.said or "") for one in letters)
    assert rm.add_feedback("1.0.0", 4, "quick").average == 4.0
    (answer,) = rm.feedback("1.0.0").answers
    assert (answer.rating, answer.text) == (4, "quick")
    with pytest.raises(Refused):
        rm.add_feedback("1.0.0", 6)
    assert [(one.release, one.rating) for one in rm.list_feedback("1.0.0")] == [("1.0.0", 4)]
    assert rm.list_feedback("1.0.0", rating=1) == [] and len(rm.list_feedback()) == 1
    went = rm.release_outcome("1.0.0")
    assert (went.deployments, went.failed, went.feedback.count) == ([], 0, 1)
    with pytest.raises(Refused) as used:
        rm.remove_channel("post")
    assert used.value.code == "channel-in-use"
    rm.remove_audience("support")
    rm.remove_channel("post")
    assert rm.channels() == [] and rm.subscribers() == []
    with pytest.raises(Refused):
        rm.remove_subscriber("sub_0000000000000000")
    with pytest.raises(Refused):
        rm.set_room_channel("room", "slack", "http://127.0.0.1:9/hook")
