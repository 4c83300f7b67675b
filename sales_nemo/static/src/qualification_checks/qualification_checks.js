import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

export const STATES = {
    passed: {icon: "fa-check-circle text-success", stateLabel: _t("Passed")},
    failed: {icon: "fa-times-circle text-danger", stateLabel: _t("Failed")},
    warning: {
        icon: "fa-exclamation-triangle text-warning",
        stateLabel: _t("Warning"),
    },
    kept: {icon: "fa-check text-muted", stateLabel: _t("Stays")},
};

/** The gate's checks, one line each: state, name, reason. */
export class QualificationChecks extends Component {
    static template = "sales_nemo.QualificationChecks";
    static props = {checks: {type: Array}};

    get checks() {
        return this.props.checks
            .filter((check) => check.state !== "not_applicable")
            .map((check) => ({...check, ...STATES[check.state]}));
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
