import {RedirectWarningDialog} from "@web/core/errors/error_dialogs";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A refused stage offers the dialog in which what is missing is entered. */
class StageRefusedDialog extends RedirectWarningDialog {
    setup() {
        super.setup();
        this.title = _t("Not Ready for This Stage");
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.sales_nemo.exceptions.StageRefused", StageRefusedDialog);
