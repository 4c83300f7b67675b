"""What an e-mail says about who wrote it: a person, or a program.

Plain functions on ``email.message.EmailMessage``: no environment, no database.
"""

import re
from pathlib import Path

from odoo.tools.mail import (
    decode_message_header,
    email_normalize,
    email_split_and_format,
    formataddr,
    html2plaintext,
    parse_contact_from_email,
)

from ..base.identity import is_address, is_name, is_personal

# The domains of a list, in its headers: list.name.example, or an address.
LIST_DOMAIN = re.compile(
    r"(?:list-id:.*<|(?:list-(?:id|post)|mailing-list|x-google-group[\w-]*|"
    r"x-beenthere):[^@]*@|list-id:\s*(?=[^<@]*$))([\w.-]+)",
    re.I,
)
# What a calendar answers by itself; who sends an invitation wrote it.
CALENDAR_ANSWER = {"REPLY", "COUNTER", "DECLINECOUNTER", "CANCEL", "REFRESH", "ADD"}
CALENDAR_METHOD = re.compile(r"^METHOD:\s*(\w+)", re.I | re.M)

# What programs write: regular expressions, under the names of their kinds.
WORDINGS = Path(__file__).parents[2] / "data" / "mail_wordings.txt"
KINDS = (block.splitlines() for block in WORDINGS.read_text("utf-8").split("\n\n"))
WORDS = {kind[2:]: f"({'|'.join(lines)})" for kind, *lines in KINDS}
# Their subjects, when nobody changes them; PostgreSQL reads it, too. A phrase alone,
# before a colon or dash, or until a day: "Out of office chairs" is a human's.
AUTO_REPLY_SUBJECTS = [
    rf"^\s*({subject.format(**WORDS)})"
    for subject in (
        r"\[?(([^:]{{0,60}} )?{is} ({until}[^:]{{0,30}} )?)?{away}\]?\s*"
        r"($|[:：.!,;(–-]|{until}|(re|aw|sv|tr):)",
        r"{holiday}\s*($|[.!]|:?\s*{until})",
        r"(?!we |our (supplier|vendor|provider|agency) )[^:]{{1,60}} {left}($|[^\w])",
        r"(\[[^]]*\]\s*)?\[?({your} )?{ticket}"
        r"(\s*(id|no\.?|nr\.?)?[\s:]*[(\[#]*[a-z]*-?[0-9]+[\])]*\s*[:–-]?)?\s*"
        r"({been} {received}($|[^\w?])|{received}\s*($|[].:!,;(–-]))",
        r"{got} {ticket}|{receipt}|{read}\s*[:：]|{confirm} {address}",
    )
]
# The same in history, whose parts nobody has read: calendars answer, too. PostgreSQL
# tells a few short ones many times as fast as one long one.
OLD_AUTO_REPLY_SUBJECTS = [
    *AUTO_REPLY_SUBJECTS, rf"^\s*{WORDS['calendar']}[\s\xa0]*[:：]"
]  # fmt: skip
# One of these stands in each of them: the others are told still faster.
OLD_AUTO_REPLY_HINTS = [
    WORDS[kind]
    for kind in (
        "away", "holiday", "left", "ticket", "receipt", "read", "confirm", "calendar"
    )
]  # fmt: skip
# Lines of the headers that mail programs put above what they forward.
QUOTED = {
    kind: re.compile(rf"[\s>|*_]*{WORDS[kind]}[\s*_]*[:：](.*)", re.I)
    for kind in ("from", "subject", "reply-to")
}
QUOTED_ADDRESS = re.compile(r"(.*?)(?:mailto:)?([\w.+'&/=-]+@[\w-]+(?:\.[\w-]+)+)")
HAS_AUTO_REPLY_SUBJECT = re.compile("|".join(AUTO_REPLY_SUBJECTS), re.I)
HAS_OLD_AUTO_REPLY_SUBJECT = re.compile("|".join(OLD_AUTO_REPLY_SUBJECTS), re.I)
# Boxes in whose name websites write, besides those that nobody reads.
PROGRAMS = {"apache", "cgi", "httpd", "mailer", "phpmailer", "wordpress", "www-data"}
COMPANY = re.compile(rf".*\b{WORDS['company']}\.?$", re.I)

# Lines "name: value" of headers with which programs mark what they send by themselves
# (RFC 3834 and what came before it), those of old vacation programs and lists, of lists
# and who forwards to a group, of newsletters, ticket systems and who asks for a human.
MARKS = {
    kind: re.compile(WORDS[kind], re.I)
    for kind in ("automatic", "junk", "list", "bulk")
}


def get_marks(message):
    """What says that a program sent an e-mail.

    :param EmailMessage message: the e-mail
    :return: keys of ``MARKS``: "automatic" for sure, the others only where nothing
        else says that a person wrote
    :rtype: set[str]
    """
    lines = [f"{name}: {value}" for name, value in message.items()]
    marks = {key for key, mark in MARKS.items() if any(map(mark.match, lines))}
    if any(map(_is_calendar_answer, _walk(message))):
        marks.add("automatic")
    return marks


def get_list_addresses(message):
    """An address at each domain of the lists and groups that an e-mail went through.

    :rtype: set[str]
    """
    lines = (f"{name}: {value}" for name, value in message.items())
    domains = {m[1].lower() for m in map(LIST_DOMAIN.match, lines) if m}
    # a list's name stands before the domain: info.company.example
    domains |= {domain.partition(".")[2] for domain in domains}
    return {f"list@{domain}" for domain in domains}


def get_addresses(message, *names):
    """The addresses in some headers of an e-mail, in their order, with their names.

    :rtype: list[str]
    """
    headers = (decode_message_header(message, name, separator=",") for name in names)
    return [one for header in headers for one in email_split_and_format(header)]


def get_person_name(address):
    """The name of the person in an address; empty for addresses, boxes and companies.

    :param str address: as in ``From``
    """
    name = parse_contact_from_email(address)[0].strip(" '\"")
    # as a word before the @, "Sales Team" is a box
    is_box = not is_personal(f"{'.'.join(name.split())}@box.example")
    company = is_box or "@" in name or COMPANY.match(name)
    return name if is_name(name) and not company else ""


def speaks_for_others(sender, reply_to):
    """True where who is to be answered wrote, not whose address is the sender's.

    :param str sender: normalized address
    :param str reply_to: the one that is to be answered, from ``Reply-To``
    """
    if not is_address(sender) or sender.partition("@")[0] in PROGRAMS:
        return True
    return not is_personal(sender) and is_personal(email_normalize(reply_to))


def get_forwarded(message, body):
    """The addresses of those whose e-mails are forwarded with this one, in their order.

    :param EmailMessage message: the e-mail, to which others may be attached
    :param str body: what it says, as HTML, with the headers that are quoted in it
    :rtype: list[str]
    """
    found = []
    for part in _walk(message):
        if part.get_content_type() == "message/rfc822":
            found += get_addresses(part.get_payload(0), "Reply-To", "From")
    # blocks are lines
    body = re.sub(r"(?i)(?=</(div|tr|li)>)", "<br>", body)
    lines = html2plaintext(body, include_references=False).splitlines()
    for number, line in enumerate(lines):
        around = lines[max(number - 4, 0) : number + 8]
        if QUOTED["from"].match(line) and any(map(QUOTED["subject"].match, around)):
            answers = filter(QUOTED["reply-to"].match, lines[number : number + 8])
            # a long name pushes the address to the next line
            for said in (*answers, line, " ".join(lines[number : number + 2])):
                if address := QUOTED_ADDRESS.search(said.partition(":")[2]):
                    name = address[1].strip(" \t\xa0*_<>[](\"'")
                    found.append(formataddr((name, address[2])))
    return found


def _walk(message):
    """The parts of an e-mail, without those of e-mails that are attached to it."""
    yield message
    if message.get_content_maintype() == "multipart":
        for part in message.iter_parts():
            yield from _walk(part)


def _is_calendar_answer(part):
    """True for an answer to an invitation, by its type or by what it holds."""
    if part.get_content_type() not in ("text/calendar", "application/ics"):
        return False
    content = part.get_payload(decode=True) or b""
    found = CALENDAR_METHOD.search(content.decode(errors="replace"))
    method = part.get_param("method") or (found and found[1]) or ""
    return str(method).upper() in CALENDAR_ANSWER
