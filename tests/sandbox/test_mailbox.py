"""The mailbox over real SMTP and HTTP: what comes in is kept, shown, found, and can go wrong on demand."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests

from app.sandbox.mailbox import links

from .conftest import Receiver, Sandbox, config_for, connect, halt, serve, wait_until

PICTURE = b"\x89PNG\r\n\x1a\npicture"


class Post:
    """Somebody who sends mail to the sandbox and looks into its mailbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def send(self, mail: EmailMessage, timeout: float = 20) -> Any:
        with smtplib.SMTP("127.0.0.1", self.sandbox.config.smtp_port, timeout=timeout) as server:
            return server.send_message(mail)

    def raw(self, data: bytes, *recipients: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.sandbox.config.smtp_port, timeout=20) as server:
            server.sendmail("shop@example.com", recipients or ["fay@example.com"], data)

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.sandbox.url}/_sandbox/mails", params={"to": to}, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def get(self, path: str, status: int = 200) -> requests.Response:
        answer = requests.get(f"{self.sandbox.url}{path}", timeout=20)
        assert answer.status_code == status, answer.text
        return answer

    def plant(self, **fault: Any) -> None:
        self.sandbox.post("smtp-faults", **fault)


def letter(to: str = "fay@example.com", subject: str = "Welcome", text: str = "Hello", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Guildhall <shop@example.com>", to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def rich() -> EmailMessage:
    """A mail with both bodies, a picture inside, and a file."""
    mail = letter(subject="Grüße, Fay ☕", text="Confirm: https://shop.test/confirm/abc?x=1.\nBye <b>")
    mail.add_alternative(
        '<!doctype html><p><a href="https://shop.test/confirm/abc?x=1">Go</a><img src="cid:logo">', "html"
    )
    parts = mail.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(PICTURE, "image", "png", cid="<logo>")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF-1.7", "application", "pdf", filename="Rechnung ü.pdf")
    return mail


@pytest.fixture
def post(sandbox: Sandbox) -> Iterator[Post]:
    yield Post(sandbox)


# --- what comes in ---------------------------------------------------------------------------------------------------
def test_a_mail_is_kept_as_it_was_sent(post: Post) -> None:
    post.send(rich())
    [mail] = post.mails("FAY@example.com")
    assert (mail["from"], mail["to"], mail["subject"]) == ("shop@example.com", ["fay@example.com"], "Grüße, Fay ☕")
    assert mail["text"] == "Confirm: https://shop.test/confirm/abc?x=1.\nBye <b>\n"
    assert not {"sender", "recipients"} & set(mail)
    assert mail["links"] == ["https://shop.test/confirm/abc?x=1"]
    assert [(file["name"], file["size"]) for file in mail["attachments"]] == [
        ("part-3", len(PICTURE)),
        ("Rechnung ü.pdf", 8),
    ]
    assert post.get(mail["attachments"][1]["url"]).content == b"%PDF-1.7"


def test_recipients_are_those_of_the_envelope(post: Post) -> None:
    post.raw(b"To: everybody@example.com\r\nSubject: Hi\r\n\r\nHello", "fay@example.com", "hidden@example.com")
    assert [mail["to"] for mail in post.mails("hidden@example.com")] == [["fay@example.com", "hidden@example.com"]]
    assert post.mails("everybody@example.com") == post.mails("den@example.com") == []


def test_any_login_is_accepted(post: Post) -> None:
    with smtplib.SMTP("127.0.0.1", post.sandbox.config.smtp_port, timeout=20) as server:
        assert server.login("apikey", "whatever")[0] == 235
        server.send_message(letter())
    assert len(post.mails()) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe not a mail at all",
        b"Subject: =?nonsense?Q?=ff?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\nqapla\xff",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: In\r\n\r\nside\r\n--x--",
        b"Subject: \xc3\xa4\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b'Content-Disposition: attachment; filename="../../etc/\r\n passwd"\r\n\r\nfile',
    ],
)
def test_a_broken_mail_is_shown_as_well_as_it_can_be(post: Post, data: bytes) -> None:
    post.raw(data)
    [mail] = post.mails()
    page = post.get(f"/mailbox/{mail['id']}").text
    assert "fay@example.com" in page
    assert post.get(f"/mailbox/{mail['id']}/source").content.strip() == data.strip()
    for file in mail["attachments"]:
        assert "/" not in file["name"]
        assert post.get(file["url"]).headers["Content-Disposition"].startswith("attachment")


def test_many_threads_lose_nothing(post: Post) -> None:
    threads = [threading.Thread(target=post.send, args=(letter(f"n{n}@example.com"),)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mail["to"][0] for mail in post.mails()) == sorted(f"n{n}@example.com" for n in range(12))


def test_mails_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    config = config_for(tmp_path, receiver)
    sandbox = Sandbox(config.base_url, connect(config.base_url), receiver, config)
    app, server = serve(config)
    Post(sandbox).send(letter(subject="Before"))
    halt(app, server)
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", config.smtp_port), timeout=5)
    app, server = serve(config)
    Post(sandbox).send(letter(subject="After"))
    subjects = [mail["subject"] for mail in Post(sandbox).mails()]
    halt(app, server)
    assert subjects == ["After", "Before"]


def test_stopping_hangs_up_on_whoever_is_connected(tmp_path: Path, receiver: Receiver) -> None:
    config = config_for(tmp_path, receiver)
    app, server = serve(config)
    client = smtplib.SMTP("127.0.0.1", config.smtp_port, timeout=20)
    halt(app, server)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


# --- pages -----------------------------------------------------------------------------------------------------------
def test_the_list_is_searched_by_recipient_and_turned_page_by_page(post: Post) -> None:
    for number in range(30):
        post.send(letter(f"n{number}@{'odd' if number % 2 else 'even'}.test", subject=f"Mail-{number}."))
    first = post.get("/mailbox").text
    assert "30 mails" in first
    assert first.index("Mail-29.") < first.index("Mail-5.")
    assert "Mail-4." not in first and ">Newer<" not in first
    second = post.get(link(first, "Older")).text
    assert "Mail-4." in second and "Mail-0." in second and "Mail-5." not in second and ">Older<" not in second
    assert post.get(link(second, "Newer")).text == first
    odd = post.get("/mailbox?to=@ODD").text
    assert "15 mails" in odd and "Mail-29." in odd and "Mail-28." not in odd
    assert "No mail here" in post.get("/mailbox?to=%25").text


def test_a_mail_has_a_page_with_everything(post: Post) -> None:
    post.send(rich())
    [mail] = post.mails()
    page = post.get(f"/mailbox/{mail['id']}").text
    assert "<h1" in page and "Grüße, Fay ☕" in page and "Rechnung ü.pdf" in page and "Bye &lt;b&gt;" in page
    assert '<a href="https://shop.test/confirm/abc?x=1" rel="noreferrer">' in page
    assert f'src="/mailbox/{mail["id"]}/html" sandbox="allow-popups' in page
    assert "allow-scripts" not in page and "allow-same-origin" not in page
    assert "<script" not in page and " style=" not in page
    assert b"Subject: =?utf-8?" in post.get(f"/mailbox/{mail['id']}/source").content


def test_the_html_stands_in_a_frame_that_can_do_nothing(post: Post) -> None:
    post.send(rich())
    [mail] = post.mails()
    answer = post.get(f"/mailbox/{mail['id']}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "default-src 'none'" in policy
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy and "allow-forms" not in policy
    assert answer.text.startswith('<!doctype html><base target="_top">')
    assert f'src="{mail["attachments"][0]["url"]}"' in answer.text


def test_what_is_not_there_is_said_so(post: Post) -> None:
    assert "There is no such mail" in post.get("/mailbox/999999", 404).text
    post.send(letter())
    [mail] = post.mails()
    post.get(f"/mailbox/{mail['id']}/html", 404)
    post.get(f"/mailbox/{mail['id']}/parts/7", 404)


def test_the_mailbox_is_emptied(post: Post) -> None:
    url = f"{post.sandbox.url}/_sandbox/mails"
    for name in ("ada", "bob", "fay"):
        post.send(letter(f"{name}@example.com"))
    assert requests.delete(url, params={"to": "Ada@example.com"}, timeout=20).json() == {"forgotten": 1}
    assert [mail["to"] for mail in post.mails()] == [["fay@example.com"], ["bob@example.com"]]
    assert requests.delete(url, timeout=20).json() == {"forgotten": 2}
    post.send(letter())
    assert requests.post(f"{post.sandbox.url}/mailbox", timeout=20).url.endswith("/mailbox")
    assert post.mails() == []


def test_the_same_message_id_is_counted(post: Post) -> None:
    for _ in range(2):
        post.send(letter(Message_ID="<one@shop.test>"))
    post.send(letter())
    post.send(letter())
    assert [(mail["copy"], mail["copies"]) for mail in post.mails()] == [(1, 1), (1, 1), (2, 2), (1, 2)]
    page = post.get("/mailbox").text
    assert "1 Message-ID came more than once" in page and "copy 2 of 2" in page
    assert "Copy 1 of 2" in post.get(f"/mailbox/{post.mails()[-1]['id']}").text


# --- trouble ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "code"), [("refuse", 554), ("temporary", 451)])
def test_a_refusal_strikes_as_often_as_told_and_keeps_nothing(post: Post, kind: str, code: int) -> None:
    post.plant(kind=kind, times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            post.send(letter())
        assert refused.value.smtp_code == code
    assert post.mails() == []
    post.send(letter())
    assert len(post.mails()) == 1


def test_a_dropped_connection_keeps_the_mail_unconfirmed(post: Post) -> None:
    mail = letter(Message_ID="<once@shop.test>")
    post.plant(kind="drop_after_data")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        post.send(mail)
    post.send(mail)
    assert [(kept["confirmed"], kept["copies"]) for kept in post.mails()] == [(True, 2), (False, 2)]
    assert "not confirmed" in post.get("/mailbox").text


def test_a_slow_server_takes_the_mail_in_the_end_or_not_at_all(post: Post) -> None:
    post.plant(kind="slow", seconds=0.2)
    post.send(letter(subject="Patient"))
    post.plant(kind="slow", seconds=60)
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        post.send(letter(subject="Impatient"), timeout=0.5)
    post.send(letter(subject="Next"))
    assert [mail["subject"] for mail in post.mails()] == ["Next", "Patient"]


def test_faults_are_listed_shown_and_cleared(post: Post) -> None:
    url = f"{post.sandbox.url}/_sandbox/smtp-faults"
    post.plant(kind="drop_after_data", times=3)
    assert requests.get(url, timeout=20).json() == [{"kind": "drop_after_data", "seconds": 5.0, "remaining": 3}]
    assert "drop after data × 3" in post.get("/mailbox").text
    assert requests.delete(url, timeout=20).json() == requests.get(url, timeout=20).json() == []


@pytest.mark.parametrize(
    "fault",
    [{}, {"kind": "explode"}, {"kind": "slow", "seconds": 999}, {"kind": "refuse", "times": 0}, {"knid": "slow"}],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(post: Post, fault: dict[str, Any]) -> None:
    answer = requests.post(f"{post.sandbox.url}/_sandbox/smtp-faults", json=fault, timeout=20)
    assert answer.status_code == 400 and len(answer.json()["error"]["message"]) > 10
    post.send(letter())


def test_forgetting_everything_forgets_the_post(post: Post) -> None:
    post.send(letter())
    post.plant(kind="refuse")
    post.sandbox.post("reset")
    assert post.mails() == []
    post.send(letter())
    wait_until(lambda: len(post.mails()) == 1, "a mail after the reset")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://a.test/x.", "https://a.test/x"),
        ("(https://a.test/x)", "https://a.test/x"),
        ("https://a.test/x_(y)", "https://a.test/x_(y)"),
        ("<https://a.test/?a=1&b=2>", "https://a.test/?a=1&amp;b=2"),
    ],
)
def test_a_link_ends_where_its_sentence_goes_on(text: str, address: str) -> None:
    assert f'<a href="{address}" rel="noreferrer">{address}</a>' in links.clickable(text)


def link(page: str, word: str) -> str:
    """Where the link with that word leads."""
    before = page[: page.index(f">{word}</a>")]
    return before[before.rindex('href="') + 6 :].split('"')[0].replace("&amp;", "&")
