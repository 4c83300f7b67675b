import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const COLORS = {two_way: "success", inbound: "warning"};

/** Who has heard from whom; a click opens the message or meeting that proves it. */
export class ContactBadge extends Component {
    static template = "sales_nemo.ContactBadge";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get state() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const {selection} = this.props.record.fields[this.props.name];
        return Object.fromEntries(selection)[this.state] || "";
    }

    get isWaiting() {
        return this.state === "inbound";
    }

    get color() {
        return `text-bg-${COLORS[this.state] || "300"}`;
    }

    get hasProof() {
        return this.props.record.resId && this.state && this.state !== "none";
    }

    async onOpenProof() {
        const action = await this.orm.call("crm.lead", "action_open_contact_proof", [
            [this.props.record.resId],
        ]);
        await this.action.doAction(action);
    }
}

registry.category("fields").add("contact_badge", {
    component: ContactBadge,
    supportedTypes: ["selection"],
});
