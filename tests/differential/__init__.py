"""Stock's conversion and ours, done to copies of one database and compared.

- ``cases`` says what is converted, and how;
- ``mixes`` (inside Odoo) fills the database with people, leads and what hangs on them;
- ``conversions`` (inside Odoo) presses the dialogs' buttons, as the web client does;
- ``overrides`` (inside Odoo) has another addon change how, a case at a time;
- ``worker`` is the Odoo process that does these;
- ``dump`` reads all of a database, without Odoo, and names new records by what they
  belong to instead of by their ids;
- ``comparing`` says what differs, and takes out the messages that may;
- ``comparison`` does all that for some cases.
"""
