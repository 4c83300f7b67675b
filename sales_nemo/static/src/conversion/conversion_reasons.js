import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Why leads were refused, the most frequent reason first; each opens its leads. */
export class ConversionReasons extends Component {
    static template = "sales_nemo.ConversionReasons";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get reasons() {
        return this.props.record.data[this.props.name] || [];
    }

    async open(key) {
        const {resModel, resId} = this.props.record;
        const action = await this.orm.call(resModel, "action_open_leads", [
            [resId],
            "refused",
            key,
        ]);
        await this.action.doAction(action);
    }
}

registry.category("fields").add("conversion_reasons", {
    component: ConversionReasons,
    supportedTypes: ["json"],
});
