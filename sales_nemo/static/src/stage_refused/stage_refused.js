import {RedirectWarningDialog} from "@web/core/errors/error_dialogs";
import {registry} from "@web/core/registry";

// A refused stage offers the dialog in which what is missing is entered.
registry
    .category("error_dialogs")
    .add("odoo.addons.sales_nemo.exceptions.StageRefused", RedirectWarningDialog);
