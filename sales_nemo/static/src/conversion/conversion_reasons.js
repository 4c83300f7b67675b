import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useCallAction} from "../call_action";

/** Why leads were refused, the most frequent reason first; each opens its leads. */
export class ConversionReasons extends Component {
    static template = "sales_nemo.ConversionReasons";
    static props = {...standardFieldProps};

    setup() {
        this.callAction = useCallAction();
    }

    get reasons() {
        return this.props.record.data[this.props.name] || [];
    }

    async open(key) {
        const {resModel, resId} = this.props.record;
        await this.callAction(resModel, "action_open_leads", [[resId], "refused", key]);
    }
}

registry.category("fields").add("conversion_reasons", {
    component: ConversionReasons,
    supportedTypes: ["json"],
});
