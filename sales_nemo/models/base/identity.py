"""What says who somebody is and how to reach them, and what only fills a field.

In doubt a text is a name, a number, an address: refusing a real one stops work.
"""

import re
import unicodedata
from html import unescape

# What stands for nothing: letters and digits, without case and accents.
FILLERS = frozenset(
    "abc anonym anonymous asd asdf desconocido div0 dummy inconnu ka keineangabe"
    " keinname na name nan nd nil nn nobody noidea noname none"
    " notapplicable notavailable notknown notprovided notset null onbekend"
    " qwerty ref sansnom sconosciuto sinnombre tba tbc tbd test tester testtest ukendt"
    " unbekannt undefined unknown x xx xy xyz yourname"
    " нет неизвестно 不明 未知 无 無 なし".split()
)
# Names, too, where they are written as one.
NAMES = frozenset(("ka", "na", "nan", "nil", "xy"))
# What stands for a text that was erased, in whatever language.
ERASED = "(erased)"
# What PostgreSQL takes for no text: half a sign of two, and NUL.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
# Categories of what can't be seen: blanks, controls, marks without a letter.
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Mn", "Zl", "Zp", "Zs"))
ROUNDED = re.compile(r"\W*\d+([.,]\d+)?\s*e\s*[+-]?\s*\d+\W*", re.I)
EXTENSION = re.compile(
    r"(?<![^\W\d_])(?:ext(?:n|ension)?|x|dw|durchwahl|nst|nebenstelle|apparat|poste"
    r"|anexo|interno|ramal|toestel|доб)[\s.:=#-]*\d{1,6}(?!\d)|#\s*\d{1,6}(?!\d)",
    re.I,
)
# Zeros after a prefix, one digit all the way, and the keys in their order.
NO_NUMBER = re.compile(
    r"\d{0,4}|\d{0,3}0{5,}|1?(\d)\1{4,}|0?1234(5(6(7(89?0?)?)?)?)?|9876543210?"
)
UNREAD = re.compile(
    r"(?:^|[._+=-])(?:(?:no|dont|do[._-]?not)[._-]?(?:reply|response)"
    r"|ne[._-]?pas[._-]?repondre|(?:nicht|keine)[._-]?antwort(?:en)?"
    r"|(?:no|nao)[._-]?respond(?:er|a)|non[._-]?rispondere|niet[._-]?beantwoorden"
    r"|mail(?:er)?[._-]?daemon|bounces?|dev[._-]?null"
    r"|(?:no|keine?)[._-]?e?[._-]?mail)"
    r"(?:[._+=@\d-]|$)|@(?:[^.]*|.*\.(?:invalid|localhost|.))$"
)
# First or last word of addresses that several people, or a program, write from.
ROLES = frozenset(
    "abuse accounting accounts accueil achats admin administration administrator"
    " alerts anfrage anfragen bestellung billing booking buchhaltung buero buro"
    " careers catchall commandes commercial compras compta contact contacto contato"
    " contatti customercare customerservice einkauf empfang enquiries export"
    " facturacion facturation feedback finance form formular forms helpdesk hostmaster"
    " info information inquiries inquiry invoice invoices kontakt kundenservice leads"
    " mailbox marketing newsletter notification notifications office oficina order"
    " orders ordini pedidos postmaster presse privacy purchasing rechnung recepcion"
    " reception sales secretariat security sekretariat service shop soporte support"
    " team vendas vendite vente ventes ventas verkauf verkoop vertrieb webform"
    " webmaster website zentrale".split()
)
# The same where no other word may be somebody's name.
LONELY_ROLES = frozenset(
    "all ask bureau company direction hallo hello help hi hola hq hr it jobs legal"
    " mail news post press pr rh root staff studio ufficio web welcome".split()
)


def is_name(text):
    """True for what can be a name: ``李``, ``Ng``; not for ``N/A`` or ``info@…``.

    :param text: str, or False
    """
    text = _clean(text)
    if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text):
        return is_personal(text)
    said = _squeeze(text)
    if said in NAMES and text.isalpha() and text.istitle():
        return True
    is_typed = len(said) > 2 and len(set(said)) == 1
    return any(map(str.isalpha, said)) and not (
        is_typed or said in FILLERS or ROUNDED.fullmatch(text)
    )


def is_text(value):
    """Whether it is a text that PostgreSQL takes, too."""
    return isinstance(value, str) and not UNSTORABLE.search(value)


def get_words(text):
    """A text as it is read: without what can't be seen, nor tags of HTML; empty where
    nothing is left.

    :param text: str, or False
    """
    text = " ".join(TAG.sub(" ", _clean(text)).split())
    # the blank of Braille counts as a symbol
    seen = (unicodedata.category(s) for s in text if s != "\u2800")
    return text if any(kind not in UNSEEN for kind in seen) else ""


def is_phone(text):
    """True for what can be dialled; no extension alone, no number that a spreadsheet
    has rounded (``4.91701E+11``), no ``00000``.

    :param text: str, or False
    """
    text = _clean(text)
    number = "" if ROUNDED.fullmatch(text) else EXTENSION.sub(" ", text)
    digits = "".join(str(int(sign)) for sign in number if sign.isdecimal())
    return not NO_NUMBER.fullmatch(digits)


def is_address(email):
    """True where somebody reads what is sent there.

    :param email: normalized, or False
    """
    local, at, _domain = (email or "").partition("@")
    # short ones are initials
    is_filler = len(local) > 3 and _squeeze(local) in FILLERS
    return bool(local and at) and not (is_filler or UNREAD.search(email.lower()))


def is_personal(email):
    """True where one person alone writes from an address.

    :param email: normalized, or False
    """
    local = (email or "").partition("@")[0].partition("+")[0]
    words = [_squeeze(word).rstrip("0123456789") for word in re.split("[._-]", local)]
    whole = "".join(words)
    return is_address(email) and not (
        {words[0], words[-1], whole} & ROLES or whole in LONELY_ROLES
    )


def get_identity_keys(partner_id, email, phone):
    """By what somebody is known again: a set of the contact's id, the own address, and
    the phone number; each False where there is none, normalized, sanitized.
    """
    keys = {partner_id, is_personal(email) and email, is_phone(phone) and phone}
    return keys - {False}


def _clean(text):
    """A text without what can't be seen; Hangul's fillers count as letters."""
    text = unicodedata.normalize("NFKC", unescape(text or ""))
    seen = re.sub("[\u115f\u1160]", "", text)
    return "".join(s for s in seen if unicodedata.category(s) != "Cf").strip()


def _squeeze(text):
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, parts))
