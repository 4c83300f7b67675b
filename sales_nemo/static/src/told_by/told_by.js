import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** Who told a fact, where that was no person; and a person's word that it is so. */
export class ToldBy extends Component {
    static template = "sales_nemo.ToldBy";
    static props = {
        origin: {type: String, optional: true},
        canConfirm: {type: Boolean, optional: true},
        onConfirm: {type: Function},
    };

    get isShown() {
        return ["import", "agent"].includes(this.props.origin);
    }

    get isAgent() {
        return this.props.origin === "agent";
    }

    get explanation() {
        return this.isAgent
            ? _t("A program told this, nobody has confirmed it")
            : _t("This came with a file");
    }
}
