import {registry} from "@web/core/registry";
import {PhoneField, phoneField} from "@web/views/fields/phone/phone_field";

/** Dials a phone number: what is pressed on a phone. */
export class CallLink extends PhoneField {
    static template = "sales_nemo.CallLink";
}

registry.category("fields").add("qualification_call", {
    ...phoneField,
    component: CallLink,
});
