import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useCallAction} from "../call_action";

const COLORS = {two_way: "success", inbound: "warning"};

/** Who has heard from whom; a click opens the message or meeting that proves it. */
export class ContactBadge extends Component {
    static template = "sales_nemo.ContactBadge";
    static props = {...standardFieldProps};

    setup() {
        this.callAction = useCallAction();
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
        const ids = [this.props.record.resId];
        await this.callAction("crm.lead", "action_open_contact_proof", [ids]);
    }
}

registry.category("fields").add("contact_badge", {
    component: ContactBadge,
    supportedTypes: ["selection"],
});
