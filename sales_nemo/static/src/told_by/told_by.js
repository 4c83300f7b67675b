import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useLabels} from "../display";

/** Who told a fact, where that was no person; and a person's word that it is so. */
export class ToldBy extends Component {
    static template = "sales_nemo.ToldBy";
    static props = {
        origin: {type: String, optional: true},
        canConfirm: {type: Boolean, optional: true},
        onConfirm: {type: Function},
    };

    setup() {
        this.labels = useLabels("crm.lead.need", "origin");
    }

    get isShown() {
        return ["import", "agent"].includes(this.props.origin);
    }

    get explanation() {
        const isAgent = this.props.origin === "agent";
        return isAgent
            ? _t("A program told this, nobody has confirmed it")
            : _t("This came with a file");
    }
}
