import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const ICONS = {
    passed: "fa-check-circle text-success",
    failed: "fa-times-circle text-danger",
    warning: "fa-exclamation-triangle text-warning",
    not_applicable: "fa-minus-circle text-muted",
};

/** The gate's checks, one line each: state, name, reason. */
export class QualificationChecks extends Component {
    static template = "sales_nemo.QualificationChecks";
    static props = {checks: {type: Array}};

    get checks() {
        return this.props.checks
            .filter((check) => check.state !== "not_applicable")
            .map((check) => ({...check, icon: ICONS[check.state]}));
    }
}

/** Field of type Json: a list of checks. */
export class QualificationChecksField extends Component {
    static template = "sales_nemo.QualificationChecksField";
    static components = {QualificationChecks};
    static props = {...standardFieldProps};

    get checks() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("qualification_checks", {
    component: QualificationChecksField,
    supportedTypes: ["json"],
});
