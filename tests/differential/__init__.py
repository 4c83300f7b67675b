"""Stock's conversion and ours, done to copies of one database and compared.

- ``mixes`` (inside Odoo) fills the database with people, leads and what hangs on them;
- ``conversions`` (inside Odoo) presses the dialogs' buttons, as the web client does;
- ``worker`` is the Odoo process that does either;
- ``dump`` reads all of a database, without Odoo, and names new records by what they
  belong to instead of by their ids;
- ``comparing`` says what differs, and takes out the messages that may.
"""
