"""New text, quoted text, signature; HTML made plain."""

from __future__ import annotations

import pytest

from hub.mail.plain import plain_from_html
from hub.mail.signature import details
from hub.mail.text import split, tidy


@pytest.mark.parametrize(
    "quote",
    [
        "On Thu, 30 Jul 2026 at 20:22, Tea Shop <hello@shop.example> wrote:\n> old words",
        "On Thu, 30 Jul 2026 at 20:22, Tea Shop\n<hello@shop.example> wrote:\n> old words",
        "Am 30.07.2026 um 20:22 schrieb Tea Shop:\n> old words",
        "Le jeu. 30 juil. 2026 à 20:22, Tea Shop <hello@shop.example> a écrit :\n> old words",
        "El jue, 30 jul 2026 a las 20:22, Tea Shop escribió:\n> old words",
        "在 2026年7月30日 20:22，Tea Shop 写道：\n> old words",
        "-----Original Message-----\nFrom: Tea Shop\nold words",
        "-----Ursprüngliche Nachricht-----\nVon: Tea Shop\nold words",
        "---------- Forwarded message ---------\nFrom: Tea Shop\nold words",
        "________________________________\nFrom: Tea Shop <hello@shop.example>\nSent: Thursday\nTo: Ann\nSubject: x\n\nold words",
        "From: Tea Shop <hello@shop.example>\nSent: Thursday\nTo: Ann\nSubject: x\n\nold words",
        "Von: Tea Shop\nGesendet: Donnerstag\nAn: Ann\nBetreff: x\n\nold words",
        "发件人: Tea Shop\n发送时间: 2026年7月30日\n收件人: Ann\n主题: x\n\nold words",
        "> old words\n> more",
    ],
)
def test_what_an_answer_quotes_is_told_apart(quote):
    parts = split(f"new words\n\n{quote}")
    assert parts.text.strip("_\n ") == "new words"
    assert "old words" in parts.quoted


def test_answers_between_the_quoted_lines_are_kept():
    parts = split("Hi,\n\nOn Thu, Ann wrote that day, Bo wrote:\n> first?\nyes\n> second?\nno\n")
    assert parts.text == "Hi,\n\nyes\nno"
    assert parts.quoted.endswith("> first?\n> second?")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote to you: no answer came.",
        "From: here to there\nis a long way",
        "I choose B > A\nand that is it",
        "Thanks!",
        "Thank you\n\nCould you also look at order 1043?",
        "Thanks\n\nplease send it again",
        "--- a line ---\nmore",
    ],
)
def test_ordinary_text_stays_whole(text):
    assert split(text).text == tidy(text)


@pytest.mark.parametrize(
    ("text", "own", "signature"),
    [
        ("Hello\n\n-- \nAnn Lee\nBlue Lantern", "Hello", "Ann Lee\nBlue Lantern"),
        ("Hello\n\nBest regards,\nAnn Lee", "Hello", "Best regards,\nAnn Lee"),
        ("Hello\n\nThanks,\n\nAnn", "Hello", "Thanks,\n\nAnn"),
        ("Hallo\n\nMit freundlichen Grüßen\nZoë Müller", "Hallo", "Mit freundlichen Grüßen\nZoë Müller"),
        ("你好\n\n此致\n王小明", "你好", "此致\n王小明"),
        (
            "Hello\n\nCheers\nAnn van der Berg\n\nSent from my phone",
            "Hello",
            "Cheers\nAnn van der Berg\n\nSent from my phone",
        ),
        ("Hello\n\nSent from my iPhone", "Hello", "Sent from my iPhone"),
    ],
)
def test_signatures(text, own, signature):
    parts = split(text)
    assert (parts.text, parts.signature) == (own, signature)


@pytest.mark.parametrize(
    ("signature", "found"),
    [
        ("Ann Lee\nTel: +1 202 555 0143", {"phone": "+1 202 555 0143"}),
        ("Ann Lee\nT: (202) 555-0143 | M: (202) 555-0144", {"phone": "(202) 555-0143"}),
        ("Ann Lee\n电话：202-555-0143", {"phone": "202-555-0143"}),
        ("Ann Lee\n+1 202 555 0143", {"phone": "+1 202 555 0143"}),
        ("Ann Lee\nFax: +1 202 555 0199", {}),
        ("Ann Lee\nOrder 202555014300", {}),
        ("Ann Lee\n202 555 0143", {}),
        ("Ann Lee\nBlue Lantern Ltd", {"company": "Blue Lantern Ltd"}),
        ("王小明\n蓝灯笼有限公司", {"company": "蓝灯笼有限公司"}),
        ("Ann Lee\nPurchasing Manager", {"title": "Purchasing Manager"}),
        (
            "Ann Lee\nPurchasing Manager, Blue Lantern",
            {"title": "Purchasing Manager", "company": "Blue Lantern"},
        ),
        ("Ann Lee\nHead of Sales at Blue Lantern", {"title": "Head of Sales", "company": "Blue Lantern"}),
        ("Somebody Else\nPurchasing Manager", {}),
        ("Ann Lee\nhave a nice day", {}),
        ("", {}),
    ],
)
def test_what_a_signature_clearly_says(signature, found):
    assert details(signature, "王小明" if "王" in signature else "Ann Lee") == found


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One</p><p>Two &amp; <b>three</b>, four</p>", "One\n\nTwo & three, four"),
        ("<div>One</div><div>Two<br>Three</div>", "One\nTwo\nThree"),
        ("<style>p{}</style><script>x<y</script>Seen<!-- not <b>this</b> -->!", "Seen!"),
        ("<head><title>T</title></head><body>B</body>", "B"),
        ("a < b and c > d", "a < b and c > d"),
        ("<blockquote>old<br>words</blockquote>new", "> old\n> words\nnew"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("&#20320;&#22909;&nbsp;!", "你好 !"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html(source, text):
    assert tidy(plain_from_html(source)) == text
