import {Component} from "@odoo/owl";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useCallAction} from "../call_action";
import {FactPopover} from "../fact_popover/fact_popover";
import {reloadRecord} from "../reload_record";

/** The check for which a step enters what is missing; the server takes the others. */
export const SECTIONS = {
    unreachable: "reachable",
    no_person: "reachable",
    no_address: "reachable",
    needs_suspected: "needs_known",
    needs_missing: "needs_known",
    commitments_missing: "committed",
    commitments_broken: "committed",
    commitments_overdue: "committed",
    question: "criteria_met",
    score_low: "criteria_met",
};
const ICONS = {
    reachable: "fa-user-o",
    needs_known: "fa-lightbulb-o",
    committed: "fa-handshake-o",
    criteria_met: "fa-question-circle-o",
    convert: "fa-star-o",
    disqualified: "fa-ban",
    unreached: "fa-ban",
    other: "fa-list-ul",
};

/** The one thing to do next about a lead, in words; a click does it. */
export class NextStep extends Component {
    static template = "sales_nemo.NextStep";
    static props = {...standardFieldProps};

    setup() {
        this.callAction = useCallAction();
        this.popover = usePopover(FactPopover, {
            popoverClass: "o_fact_popover",
            position: "bottom-start",
        });
    }

    get text() {
        return this.props.record.data[this.props.name];
    }

    get step() {
        return this.props.record.data.qualification_step;
    }

    get section() {
        return SECTIONS[this.step];
    }

    get icon() {
        return ICONS[this.section || this.step] || "fa-reply";
    }

    get isInList() {
        return this.env.config?.viewType === "list";
    }

    async onClick(ev) {
        const {record} = this.props;
        const onChanged = () => reloadRecord(record);
        if (this.section) {
            this.popover.open(ev.currentTarget, {
                leadId: record.resId,
                section: this.section,
                onChanged,
            });
        } else {
            const ids = [record.resId];
            await this.callAction("crm.lead", "action_next_step", [ids], onChanged);
        }
    }
}

registry.category("fields").add("qualification_next_step", {
    component: NextStep,
    supportedTypes: ["char"],
    fieldDependencies: [{name: "qualification_step", type: "selection"}],
});
