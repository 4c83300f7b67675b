"""What is a name, a phone number, an address; and by what somebody is known again.

Plain Python. Fields that have to be filled are filled with something: these functions
tell what says who somebody is, or how to reach them, from what only stands there. In
doubt something is a name, a number, an address: refusing a real one stops somebody's
work.
"""

import re
import unicodedata
from html import unescape

# What people and programs write where they know nothing: letters and digits alone.
SILENT = frozenset(
    """
    anonym anonyme anonymous anonimo asdf dummy empty firstname inconnu inconnue
    keinname keineangabe lastname na name nichtbekannt nieznany nobody noidea noname
    none notapplicable notavailable notknown notprovided notset notspecified null
    div0 ohnename okand onbekend qwerty ref sansnom sconosciuto sinnombre
    desconocido desconhecido
    tba tbc tbd test tester testtest todo ukendt ukjent unbekannt undefined undisclosed
    unknown unnamed x xx xy xyz yourname nil nan ka nd sd
    неизвестно нет 不明 未知 无 無 なし
    """.split()
)
# Of these, what is a name, too, where it is written as one.
NAMES = frozenset({"na", "nan", "nil", "ka", "xy"})

EXCEL = re.compile(r"\W*\d+([.,]\d+)?\s*e\s*[+-]?\s*\d+\W*", re.I)
# An extension is reached through the number before it.
EXTENSION = re.compile(
    r"(?<![^\W\d_])(?:ext(?:n|ension)?|x|dw|durchwahl|nst|nebenstelle|apparat|poste"
    r"|interno|anexo|ramal|toestel|доб)[\s.:=#-]*\d{1,6}(?!\d)|#\s*\d{1,6}(?!\d)",
    re.I,
)
# Nothing but zeros after a prefix, or one digit all the way.
FILLER = re.compile(r"\d{0,3}0{5,}|1?(\d)\1{4,}")
SEQUENCES = ("01234567890", "1234567890", "9876543210")
PHONE_DIGITS = 5

# Nobody reads what is sent there.
UNREAD = re.compile(
    r"(?:^|[._+=-])(?:(?:no|dont|do[._-]?not|never)[._-]?(?:reply|response)"
    r"|ne[._-]?pas[._-]?repondre|(?:nicht|keine)[._-]?antwort(?:en)?"
    r"|n(?:o|ao)[._-]?respond(?:er|a)|non[._-]?rispondere|niet[._-]?beantwoorden"
    r"|geen[._-]?antwoord|nie[._-]?odpowiadaj|svara?[._-]?(?:inte|ikke)"
    r"|mailer[._-]?daemon|mail[._-]?daemon|bounces?|dev[._-]?null|blackhole"
    r"|(?:no|kein)[._-]?e?[._-]?mail)(?:[._+=\d-]|$)"
)
UNREAL_DOMAINS = (".invalid", ".localhost", ".localdomain")
# Boxes that several people read, or a program: the first or the last word says so.
ROLES = frozenset(
    """
    abuse accounting accounts accueil achats acquisti admin administracion
    administration administrator alerts anfrage anfragen bestellung bestellungen
    bewerbung billing booking bookings buchhaltung buero buro careers catchall
    commande commandes commercial compliance compras comptabilite compta contact
    contacto contactus contato contatti customercare customerservice datenschutz
    einkauf empfang enquiries enquiry export facturacion facturas facturation feedback
    finance form forms formular fragen general geschaeftsfuehrung geschaeftsleitung
    helpdesk hostmaster info infos information informatie informacion inkoop inquiries
    inquiry invoice invoices kontakt kontor kundenservice kundendienst leads
    logistics mailbox marketing myynti newsletter newsletters notification
    notifications office offerte oficina order orders ordini pedidos personal poczta
    postmaster presse privacy purchase purchasing rechnung rechnungen recepcion
    reception recruiting recruitment reservations rrhh sales salg secretariat
    security sekretariat service services shop soporte sprzedaz support system team
    vendas vendite vente ventes ventas verkauf verkoop versand vertrieb webform
    webmaster website zentrale
    """.split()
)
# The same where there is no other word: beside one it may be somebody's name.
LONELY_ROLES = frozenset(
    """
    all allo asistencia ask biuro bureau buy ciao company direction equipe everyone
    firma form group hallo hello help hi hola hq hr it jobs legal list mail me news
    people post press pr rh root staff studio uffici ufficio us web welcome work
    """.split()
)


def is_name(text):
    """True where a text can be somebody's name: ``李``, ``Ng``, ``Ó``, ``R2 D2``.

    Blanks that can't be seen, signs, digits and fillers (``N/A``, ``unknown``) are
    none; a person's e-mail address is one, ``info@…`` isn't.

    :param text: str, or False
    :rtype: bool
    """
    text = _clean(text)
    if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text):
        return is_personal(text)
    if EXCEL.fullmatch(text):
        return False
    said = _squeeze(text)
    if said in NAMES and text.isalpha() and text.istitle():
        return True
    # one letter again and again is nobody's
    is_typed = len(said) > 2 and len(set(said)) == 1
    return any(map(str.isalpha, said)) and said not in SILENT and not is_typed


def is_phone(text):
    """True where a text can be dialled, an extension after the number or not.

    No extension alone, no number that a spreadsheet has rounded (``4.91701E+11``), no
    filler (``00000``, ``12345``).

    :param text: str, or False
    :rtype: bool
    """
    text = _clean(text)
    if EXCEL.fullmatch(text):
        return False
    number = EXTENSION.sub(" ", text)
    digits = "".join(str(int(sign)) for sign in number if sign.isdecimal())
    return (
        len(digits) >= PHONE_DIGITS
        and not FILLER.fullmatch(digits)
        and not any(sequence.startswith(digits) for sequence in SEQUENCES)
    )


def is_address(email):
    """True where somebody reads what is sent to an e-mail address.

    :param email: normalized, without a name, or False
    :rtype: bool
    """
    local, _at, domain = (email or "").lower().partition("@")
    return (
        bool(local)
        and "." in domain
        and not domain.endswith(UNREAL_DOMAINS)
        and not UNREAD.search(local)
        # short ones are somebody's initials
        and not (len(local) > 3 and _squeeze(local) in SILENT)
    )


def is_personal(email):
    """True where an e-mail address is one person's: nobody else writes from it.

    :param email: as for ``is_address``
    :rtype: bool
    """
    if not is_address(email):
        return False
    local = email.lower().partition("@")[0].partition("+")[0]
    words = [_squeeze(word).rstrip("0123456789") for word in re.split("[._-]", local)]
    whole = "".join(words)
    return not ({words[0], words[-1], whole} & ROLES or whole in LONELY_ROLES)


def get_identity_keys(partner_id, email, phone):
    """By what somebody is known again: contact, own address, phone number.

    :param partner_id: id of a ``res.partner``, or False
    :param email: normalized, or False
    :param phone: sanitized, or False
    :return: the id, and texts
    :rtype: set
    """
    keys = {partner_id, is_personal(email) and email, is_phone(phone) and phone}
    return keys - {False, None}


def _clean(text):
    """A text without what can't be seen."""
    text = unicodedata.normalize("NFKC", unescape(text or ""))
    # Hangul's fillers are letters that show nothing
    seen = [" " if sign in "\u115f\u1160" else sign for sign in text]
    return "".join(s for s in seen if unicodedata.category(s) != "Cf").strip()


def _squeeze(text):
    """The letters and digits of a text alone, without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, parts))
