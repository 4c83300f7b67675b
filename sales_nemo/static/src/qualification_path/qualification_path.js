import {Component} from "@odoo/owl";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {FactPopover} from "../fact_popover/fact_popover";
import {SECTIONS} from "../next_step/next_step";
import {STATES} from "../qualification_checks/qualification_checks";
import {reloadRecord} from "../reload_record";

/** The check that each other step is about. */
const STEPS = {
    ...SECTIONS,
    contact_inbound: "contacted",
    contact_none: "contacted",
    contact_outbound: "contacted",
    disqualified: "not_disqualified",
    unreached: "contacted",
};

/** Field of type Json: the checks that a lead passes on its way, in their order. */
export class QualificationPath extends Component {
    static template = "sales_nemo.QualificationPath";
    static props = {...standardFieldProps};

    setup() {
        this.popover = usePopover(FactPopover, {
            popoverClass: "o_fact_popover",
            position: "bottom-start",
        });
    }

    get isPassed() {
        return this.path.every(({state}) => state === "passed");
    }

    get path() {
        return this.props.record.data[this.props.name] || [];
    }

    /** With what is shown of each check; one of them is the next to be worked on. */
    get items() {
        const {qualification_step: step} = this.props.record.data;
        const failed = this.path.find(({state}) => state === "failed");
        const next = STEPS[step] || failed?.key;
        return this.path.map((item) => ({
            ...item,
            ...STATES[item.state],
            isNext: item.key === next,
        }));
    }

    onClick({key}, ev) {
        const {record} = this.props;
        this.popover.open(ev.currentTarget, {
            leadId: record.resId,
            section: key,
            onChanged: () => reloadRecord(record),
        });
    }
}

registry.category("fields").add("qualification_path", {
    component: QualificationPath,
    supportedTypes: ["json"],
    fieldDependencies: [{name: "qualification_step", type: "selection"}],
});
