import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Marks who is blacklisted or was taken off a mailing list. */
export class OptedOut extends Component {
    static template = "sales_nemo.OptedOut";
    static props = {...standardFieldProps};
}

registry.category("fields").add("opted_out", {
    component: OptedOut,
    supportedTypes: ["boolean"],
});
